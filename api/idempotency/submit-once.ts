import { randomUUID } from 'node:crypto';
import { sameRequest } from '../../producers/intake/fingerprint.ts';
import type { Intake, Submission, Submitted } from '../../producers/intake/intake.ts';
import { accepted, type Answer } from '../http/answer.ts';
import { type Coordinate, formatCoordinate } from '../http/coordinate.ts';
import { Problem } from '../http/problem.ts';
import { type Claimed, type Claims, renewEveryMs, type StoredAnswer } from './claims.ts';

/** What the read view knows of a command that may have come before. */
export type Earlier =
  | { readonly is: 'found'; readonly fingerprint: string | null; readonly answer: StoredAnswer }
  /** No such command stood in the log at `watermarkMs`, and none has come unclaimed since. */
  | { readonly is: 'absent'; readonly watermarkMs: number }
  | { readonly is: 'unsure' };

export interface OnceCommand {
  readonly store: string;
  readonly commandId: string;
  readonly fingerprint: string;
  /** Looks for an earlier one beside the claim; never rejects. */
  readonly findEarlier: () => Promise<Earlier>;
  /** Makes the command. Throws a Problem if the request cannot be met, which is told only if it is certainly the first. */
  readonly prepare: () => Submission;
  /** The answer once the command stands at `position` (`<inbox partition>:<offset>`). */
  readonly answerAt: (position: string) => StoredAnswer;
}

/** For commands no view can be asked for: they are known by their claim and by the log alone. */
export const findNothing = (): Promise<Earlier> =>
  Promise.resolve({ is: 'absent', watermarkMs: Number.POSITIVE_INFINITY });

/** An append whose outcome is not known may still reach the log so long after it was sent, ms. */
const lateAppendMs = 30_000;

/**
 * Takes a command into the log at most once for its id (domain §7). A replay is looked up before anything of it
 * is judged: the same request gets its answer again, another one 422, one that still runs 409. A 202 stands for
 * an acknowledged append; an unknown outcome is 503, and the same request may be sent again.
 */
export async function submitOnce(command: OnceCommand, claims: Claims, intake: Intake): Promise<Answer> {
  const { store, commandId, fingerprint } = command;
  const claimed: Claimed = { store, commandId, fingerprint, token: randomUUID() };
  const [claim, earlier] = await Promise.all([claims.claim(claimed), command.findEarlier()]);
  if (claim.is === 'done') return replay(fingerprint, claim.fingerprint, claim.answer);
  if (claim.is === 'running') throw inProgressOrReused(fingerprint, claim.fingerprint);
  const unknownSinceMs = claim.is === 'ours' ? claim.unknownSinceMs : null;
  const release = (): Promise<void> => claims.release(claimed, unknownSinceMs);
  if (earlier.is === 'found') {
    await release();
    return replay(fingerprint, earlier.fingerprint, earlier.answer);
  }
  const isFirst =
    claim.is === 'ours' &&
    earlier.is === 'absent' &&
    (unknownSinceMs === null || earlier.watermarkMs > unknownSinceMs + lateAppendMs);
  const submission = await prepareOr(release, command, isFirst);
  const renewal = setInterval(() => void claims.renew(claimed), renewEveryMs);
  const outcome = await intake.submit(submission).finally(() => clearInterval(renewal));
  if (outcome.is === 'appended') return answerAppended(outcome, command, claims, claimed);
  await (outcome.is === 'unknown' ? claims.leaveUnknown(claimed) : release());
  throw notAppended(outcome);
}

function replay(fingerprint: string, earlier: string | null, answer: StoredAnswer): Answer {
  if (earlier !== null && !sameRequest(fingerprint, earlier)) throw new Problem('idempotency-key-reused');
  return accepted(answer.body, { Location: answer.location, 'Idempotent-Replayed': 'true' });
}

const inProgressOrReused = (fingerprint: string, running: string): Problem =>
  new Problem(sameRequest(fingerprint, running) ? 'request-in-progress' : 'idempotency-key-reused');

async function prepareOr(
  release: () => Promise<void>,
  command: OnceCommand,
  isFirst: boolean,
): Promise<Submission> {
  try {
    return command.prepare();
  } catch (refusal) {
    await release();
    if (isFirst || !(refusal instanceof Problem)) throw refusal;
    throw new Problem('unavailable', {
      detail:
        'It cannot be told now whether this request was accepted before. Send it again with the same key.',
      retryAfterSeconds: 2,
    });
  }
}

async function answerAppended(
  at: Coordinate,
  command: OnceCommand,
  claims: Claims,
  claimed: Claimed,
): Promise<Answer> {
  const answer = command.answerAt(formatCoordinate(at));
  await claims.finish(claimed, answer);
  return accepted(answer.body, { Location: answer.location });
}

function notAppended(outcome: Exclude<Submitted, { is: 'appended' }>): Problem {
  if (outcome.is === 'overloaded') return new Problem('overloaded');
  const detail = 'The log refused the command; nothing was done.';
  return new Problem('unavailable', {
    ...(outcome.is === 'refused' ? { detail } : {}),
    cause: outcome.error,
  });
}
