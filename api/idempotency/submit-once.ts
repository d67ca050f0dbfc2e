import { randomUUID } from 'node:crypto';
import { sameRequest } from '../../producers/intake/fingerprint.ts';
import type { Intake, Submission, Submitted } from '../../producers/intake/intake.ts';
import { accepted, type Answer } from '../http/answer.ts';
import { formatCoordinate } from '../http/coordinate.ts';
import { Problem } from '../http/problem.ts';
import type { Claim, Claimed, Claims, Patience, StoredAnswer } from './claims.ts';
import { type DailyQuotas, type QuotaTaken, uncounted } from './daily-quotas.ts';

/** What the read view knows of a command that may have come before. */
export type Earlier =
  | { readonly is: 'found'; readonly fingerprint: string | null; readonly answer: StoredAnswer }
  /** No such command stood in the log at `watermarkMs`, and none has come unclaimed since. */
  | { readonly is: 'absent'; readonly watermarkMs: number }
  | { readonly is: 'unsure' };

export interface OnceCommand {
  readonly store: string;
  /** The API key that sends it. */
  readonly keyId: string;
  readonly commandId: string;
  readonly fingerprint: string;
  /** Looks for an earlier one beside the claim; never rejects. */
  readonly findEarlier: (patience: Patience) => Promise<Earlier>;
  /** Makes the command. Throws a Problem if the request cannot be met, which is told only if it is certainly the first. */
  readonly prepare: () => Submission | Promise<Submission>;
  /** What has to be acknowledged before the command is sent; nothing is sent where it rejects. */
  readonly announce?: () => Promise<void>;
  /** The answer once the command stands at `position` (`<inbox partition>:<offset>`). */
  readonly answerAt: (position: string) => StoredAnswer;
}

export interface OnceParts {
  readonly claims: Claims;
  readonly quotas: Pick<DailyQuotas, 'take'>;
  readonly intake: Pick<Intake, 'submit'>;
}

/** For commands no view can be asked for: they are known by their claim and by the log alone. */
export const findNothing = (): Promise<Earlier> =>
  Promise.resolve({ is: 'absent', watermarkMs: Number.POSITIVE_INFINITY });

/** An append whose outcome is not known may still reach the log so long after it was sent, ms. */
const lateAppendMs = 30_000;

/** Of this process alone; with a count behind it a token of one request alone. */
const processToken = randomUUID();
let tokens = 0;

function nextToken(): string {
  tokens += 1;
  return `${processToken}.${tokens}`;
}

/**
 * Takes a command into the log at most once for its id (domain §7). A replay is looked up before anything of it
 * is judged: the same request gets its answer again, another one 422, one that still runs 409. A 202 stands for
 * an acknowledged append; an unknown outcome is 503, and the same request may be sent again.
 */
export async function submitOnce(command: OnceCommand, parts: OnceParts): Promise<Answer> {
  const { claims } = parts;
  const { store, commandId, fingerprint } = command;
  const claimed: Claimed = { store, commandId, fingerprint, token: nextToken() };
  const running = claims.enter(claimed);
  if (running !== null) throw inProgressOrReused(fingerprint, running);
  try {
    return await claimAndSubmit(command, claimed, parts);
  } finally {
    claims.leave(claimed);
  }
}

async function claimAndSubmit(command: OnceCommand, claimed: Claimed, parts: OnceParts): Promise<Answer> {
  const { claims } = parts;
  const look = (patience: Patience): Promise<Looked> =>
    whileRenewed(claims, claimed, async () => {
      const [claim, earlier] = await Promise.all([
        claims.claim(claimed, patience),
        command.findEarlier(patience),
      ]);
      return { claim, earlier };
    });
  const looked = await look('quick');
  const known = await knownAnswer(looked, claimed, claims);
  if (known) return known;
  const sent = await send(command, claimed, looked.claim, parts).catch(async (error: unknown) => {
    await claims.release(claimed, looked.claim);
    throw error;
  });
  if (sent.is === 'refused') return refuse(sent.refusal, looked, look, claimed, claims);
  const { claim } = looked;
  const { outcome } = sent;
  if (outcome.is === 'appended') {
    const answer = command.answerAt(formatCoordinate(outcome));
    await claims.finish(claimed, claim, answer);
    return accepted(answer.body, { Location: answer.location });
  }
  await (outcome.is === 'unknown' ? claims.leaveUnknown(claimed, claim) : claims.release(claimed, claim));
  throw notAppended(outcome);
}

interface Looked {
  readonly claim: Claim;
  readonly earlier: Earlier;
}

/** The answer of an earlier request with this key, if there was one. Throws 409 or 422. */
async function knownAnswer(
  { claim, earlier }: Looked,
  claimed: Claimed,
  claims: Claims,
): Promise<Answer | null> {
  const { fingerprint } = claimed;
  if (claim.is === 'done') return replay(fingerprint, claim.fingerprint, claim.answer);
  if (claim.is === 'running') throw inProgressOrReused(fingerprint, claim.fingerprint);
  if (earlier.is !== 'found') return null;
  await claims.release(claimed, claim);
  return replay(fingerprint, earlier.fingerprint, earlier.answer);
}

/** True if the request is certainly the first with its key. */
function isFirst({ claim, earlier }: Looked): boolean {
  if (claim.is !== 'ours' || earlier.is !== 'absent') return false;
  return claim.unknownSinceMs === null || earlier.watermarkMs > claim.unknownSinceMs + lateAppendMs;
}

/** Tells a refusal only to a request that is certainly the first: it may wait for the look-up, a good order may not. */
async function refuse(
  refusal: Problem,
  looked: Looked,
  look: (patience: Patience) => Promise<Looked>,
  claimed: Claimed,
  claims: Claims,
): Promise<Answer> {
  const again = isFirst(looked) ? looked : await look('patient');
  const known = await knownAnswer(again, claimed, claims);
  if (known) return known;
  await claims.release(claimed, again.claim);
  if (isFirst(again)) throw refusal;
  throw new Problem('unavailable', {
    detail:
      'It cannot be told now whether this request was accepted before. Send it again with the same key.',
    retryAfterSeconds: 2,
  });
}

function replay(fingerprint: string, earlier: string | null, answer: StoredAnswer): Answer {
  if (earlier !== null && !sameRequest(fingerprint, earlier)) throw new Problem('idempotency-key-reused');
  return accepted(answer.body, { Location: answer.location, 'Idempotent-Replayed': 'true' });
}

const inProgressOrReused = (fingerprint: string, running: string): Problem =>
  new Problem(sameRequest(fingerprint, running) ? 'request-in-progress' : 'idempotency-key-reused');

type Sent =
  | { readonly is: 'sent'; readonly outcome: Submitted }
  | { readonly is: 'refused'; readonly refusal: Problem };

/** Makes the command, counts, announces and appends it, and holds the claim meanwhile. Rejects where nothing was sent. */
function send(
  command: OnceCommand,
  claimed: Claimed,
  claim: Claim,
  { claims, quotas, intake }: OnceParts,
): Promise<Sent> {
  return whileRenewed(claims, claimed, async () => {
    const prepared = await prepare(command);
    if (prepared.is === 'refused') return prepared;
    const quota = await countOnce(command, claim, quotas);
    try {
      await command.announce?.();
    } catch (error) {
      await quota.giveBack();
      throw error;
    }
    const outcome = await intake.submit(prepared.submission);
    if (outcome.is === 'refused' || outcome.is === 'overloaded') await quota.giveBack();
    return { is: 'sent', outcome };
  });
}

/** A claim lapses sooner than a look at a view that is behind, or the log, may take. */
async function whileRenewed<T>(claims: Claims, claimed: Claimed, work: () => Promise<T>): Promise<T> {
  const letGo = claims.hold(claimed);
  try {
    return await work();
  } finally {
    letGo();
  }
}

/** Counts a command that was not counted before: an earlier attempt that left no result has been. */
async function countOnce(
  { store, keyId, commandId }: OnceCommand,
  claim: Claim,
  quotas: OnceParts['quotas'],
): Promise<QuotaTaken> {
  const wasCounted = claim.is === 'ours' && claim.unknownSinceMs !== null;
  return wasCounted ? uncounted : quotas.take({ store, keyId }, commandId);
}

type Prepared =
  | { readonly is: 'ready'; readonly submission: Submission }
  | { readonly is: 'refused'; readonly refusal: Problem };

async function prepare(command: OnceCommand): Promise<Prepared> {
  try {
    return { is: 'ready', submission: await command.prepare() };
  } catch (error) {
    if (error instanceof Problem) return { is: 'refused', refusal: error };
    throw error;
  }
}

function notAppended(outcome: Exclude<Submitted, { is: 'appended' }>): Problem {
  if (outcome.is === 'overloaded') return new Problem('overloaded');
  const detail = 'The log refused the command; nothing was done.';
  return new Problem('unavailable', {
    ...(outcome.is === 'refused' ? { detail } : {}),
    cause: outcome.error,
  });
}
