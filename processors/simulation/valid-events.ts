import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { journalOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { SimWorld } from './sim-world.ts';

/** The bodies of one partition's journal that every reader takes for true, in its order. */
export function* validEvents<E extends Body>(
  { log, codecs }: SimWorld,
  processor: ProcessorName,
  partition: number,
): Generator<E> {
  const codec = codecs.journal<EventEnvelope<E>>(processor);
  let position: JournalPosition = journalStart;
  for (const { offset, value } of log.all({ topic: journalOf(processor), partition })) {
    const decoded = codec.decode(value);
    const accepted = decoded.is === 'value' ? acceptJournalRecord(position, offset, decoded.value) : null;
    position = accepted ?? position;
    if (accepted !== null && decoded.is === 'value') yield decoded.value.body;
  }
}
