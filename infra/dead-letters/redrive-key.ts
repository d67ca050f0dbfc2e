import { randomUUID } from 'node:crypto';
import type { Body, CommandEnvelope, Redrive, RedriveAnswered } from '../../schemas/envelope.ts';
import { operatorActor } from '../../schemas/audit-chain.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { inboxOf, journalOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { AuditLog } from '../clients/audit-log.ts';
import { type Clock, pause } from '../clients/clock.ts';
import type { Log } from '../clients/log.ts';
import { JournalCursor } from './journal-cursor.ts';
import type { JournalAccess } from './list-parked.ts';

export interface RedriveAccess extends JournalAccess {
  readonly log: Pick<Log, 'offsetsOf' | 'append'>;
  readonly inboxCodecOf: (processor: ProcessorName) => TopicCodec<CommandEnvelope<Body>>;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, 'announce'>;
}

/** Nobody answered in time; the Redrive stands in the inbox and may still be decided. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const lookEveryMs = 200;

/**
 * Asks the owner of an aggregate to decide its parked commands, and waits for what it came to; but for a dry run its
 * audit record goes first. Throws NoAnswer after `withinMs`, AuditUnavailable before anything is asked, and an Error if
 * the log refuses the command or does not say whether it took it.
 */
export async function redriveKey(
  access: RedriveAccess,
  processor: ProcessorName,
  asked: Omit<Redrive, 'type'>,
  withinMs: number,
): Promise<RedriveAnswered> {
  const { log, clock } = access;
  const topic = journalOf(processor);
  const journals = await log.offsetsOf(topic);
  const partition = partitionOf(asked.key, journals.size);
  const { first = 0n, end = 0n } = journals.get(partition) ?? {};
  const cursor = new JournalCursor(access.reader, access.codecOf(processor), partition, first);
  await readPast(cursor, end);
  const body = { type: 'Redrive', ...asked };
  const requestId = randomUUID();
  if (!asked.dryRun) {
    await access.audit.announce({
      what: 'letters.redrive',
      actor: operatorActor(asked.by),
      effectId: requestId,
      target: `${processor}/${asked.key}`,
      reason: asked.reason,
    });
  }
  const envelope = { store: '', commandId: null, fingerprint: null, requestId, body };
  const records = [{ key: asked.key, value: access.inboxCodecOf(processor).encode(envelope) }];
  const [outcome] = await log.append([{ topic: inboxOf(processor), partition, records }]);
  if (outcome?.is !== 'appended') {
    throw new Error(`the redrive of ${asked.key} was ${outcome?.is ?? 'not answered'}`, {
      cause: outcome?.error,
    });
  }
  const cause = Number(outcome.baseOffset);
  const deadlineMs = clock.nowMs() + withinMs;
  while (clock.nowMs() < deadlineMs) {
    const grown = (await log.offsetsOf(topic)).get(partition)?.end ?? end;
    for await (const event of cursor.readTo(grown)) {
      const isAnswer = event.cause.offset === cause && event.body.type === 'RedriveAnswered';
      if (isAnswer) return event.body as RedriveAnswered;
    }
    await pause(clock, lookEveryMs, new AbortController().signal);
  }
  throw new NoAnswer(`the owner of ${asked.key} did not answer within ${withinMs} ms`);
}

/** To know whose word counts, a cursor has to have read what stands before. */
async function readPast(cursor: JournalCursor, end: bigint): Promise<void> {
  const events = cursor.readTo(end);
  while (!(await events.next()).done);
}
