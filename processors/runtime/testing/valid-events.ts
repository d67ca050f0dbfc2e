import { acceptJournalRecord, journalStart } from '../../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import type { LogRecord } from '../../../infra/clients/log.ts';

/** The schema id that tests without a registry write. */
export const schemaId = 7;

export type ValidEvent = EventEnvelope<Body & Record<string, unknown>> & { readonly offset: bigint };

/** What stands in a journal partition: the events that count, and how many records do not. */
export function judgeJournal(
  topic: string,
  records: readonly LogRecord[],
): { readonly valid: readonly ValidEvent[]; readonly voidCount: number; readonly barriers: number } {
  const codec = createTopicCodec<ValidEvent>(topic, schemaId);
  const valid: ValidEvent[] = [];
  let position = journalStart;
  let voidCount = 0;
  let barriers = 0;
  for (const { offset, value } of records) {
    const decoded = codec.decode(value);
    const next = decoded.is === 'value' ? acceptJournalRecord(position, offset, decoded.value) : null;
    if (next === null || decoded.is !== 'value') {
      voidCount += 1;
      continue;
    }
    position = next;
    if (decoded.value.body.type === 'Barrier') barriers += 1;
    else valid.push({ ...decoded.value, offset });
  }
  return { valid, voidCount, barriers };
}
