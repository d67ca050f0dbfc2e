import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { journalOf, type ProcessorName } from '../../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../../schemas/topic-codec.ts';
import { type AskForWriter, decodeRecords } from '../decode-records.ts';
import type { LogReader, OffsetRange } from '../log.ts';
import { readPartition } from '../read-partition.ts';
import { emptyJournal, type JournalTail, type OffsetEvent, readOn, tailOf } from './journal-tail.ts';

export interface JournalTailsOptions {
  readonly reader: LogReader;
  readonly codecOf: (processor: ProcessorName) => TopicCodec<EventEnvelope<Body>>;
  readonly askForWriter: AskForWriter;
}

export interface JournalTails {
  /** The tail of a journal partition that reaches to `range.end`. Rejects if its records cannot be read. */
  read(processor: ProcessorName, partition: number, range: OffsetRange): Promise<JournalTail>;
}

/** A tail known from the last look is read on from; beyond so many records the end alone is read again. */
const readOnMax = 10_000n;
/** Lengths of the stretches tried, then all of the journal. A slice is 1,000 events at most. */
const stretches = [2_000n, 20_000n];
const stallMs = 5_000;
const registryWithinMs = 5_000;

/** Remembers each partition's tail between two looks, so that a look costs what was written since. */
export function createJournalTails({ reader, codecOf, askForWriter }: JournalTailsOptions): JournalTails {
  const known = new Map<string, JournalTail>();
  const codecs = new Map<ProcessorName, TopicCodec<EventEnvelope<Body>>>();

  const eventsOf = async (
    processor: ProcessorName,
    partition: number,
    range: OffsetRange,
  ): Promise<readonly OffsetEvent[]> => {
    const at = { topic: journalOf(processor), partition };
    const codec = codecs.get(processor) ?? codecOf(processor);
    codecs.set(processor, codec);
    const events: OffsetEvent[] = [];
    for await (const records of readPartition(reader, at, range, stallMs)) {
      const signal = AbortSignal.timeout(registryWithinMs);
      const { values, unreadable } = await decodeRecords({ codec, askForWriter, signal }, at, records);
      if (unreadable) throw unreadable;
      records.forEach(({ offset }, i) => {
        const event = values[i];
        if (event) events.push({ offset, event });
      });
    }
    return events;
  };

  return {
    async read(processor, partition, range) {
      const key = `${processor}/${partition}`;
      const look = (first: bigint): Promise<readonly OffsetEvent[]> =>
        eventsOf(processor, partition, { first, end: range.end });
      const keep = (tail: JournalTail): JournalTail => {
        known.set(key, tail);
        return tail;
      };
      const before = known.get(key);
      const next = (before?.position.offset ?? -1n) + 1n;
      if (before && next <= range.end && range.end - next <= readOnMax)
        return keep(readOn(before, await look(next)));
      for (const length of stretches) {
        if (range.end - length <= range.first) break;
        const tail = tailOf(await look(range.end - length));
        if (tail !== null && tail.highestCause >= 0) return keep(tail);
      }
      return keep(readOn(emptyJournal, await look(range.first)));
    },
  };
}
