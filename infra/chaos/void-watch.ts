import { type Reader, readerAtStart, readOn } from '../audit/accept-record.ts';
import type { AuditSources } from '../audit/live-recording.ts';
import { readPartition } from '../clients/read-partition.ts';
import { journalOf, processorNames } from '../../schemas/topic-catalogue.ts';

/** Reads the journals for what zombies left in them: by the auditor's rule, not by the runtime's. */
export interface VoidWatch {
  /** Owners whose records stand void in a journal, as `<processor>/<partition> <writer>`; second copies of the owner in force are none. */
  displaced(): Promise<ReadonlySet<string>>;
}

interface Place {
  next: bigint;
  reader: Reader;
}

export function createVoidWatch({ log, reader, decoder, partitions }: AuditSources): VoidWatch {
  const places = new Map<string, Place>();
  const found = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  const lookAt = async (processor: (typeof processorNames)[number]): Promise<void> => {
    const topic = journalOf(processor);
    const ranges = await log.offsetsOf(topic);
    for (let partition = 0; partition < partitions; partition += 1) {
      const name = `${processor}/${partition}`;
      const place = places.get(name) ?? { next: 0n, reader: readerAtStart };
      places.set(name, place);
      const range = { first: place.next, end: ranges.get(partition)?.end ?? 0n };
      for await (const records of readPartition(reader, { topic, partition }, range)) {
        for (const { event, offset } of await decoder.journal(processor, records)) {
          if (!event) throw new Error(`${name} offset ${offset} cannot be decoded`);
          const next = readOn(place.reader, event);
          const isLate = next === null && event.body.type !== 'Barrier';
          if (isLate && event.writer !== place.reader.owner) found.add(`${name} ${event.writer}`);
          place.reader = next ?? place.reader;
          place.next = BigInt(offset) + 1n;
        }
      }
    }
  };

  return {
    displaced() {
      const looked = turn.then(async () => {
        for (const processor of processorNames) await lookAt(processor);
        return new Set(found);
      });
      turn = looked.catch(() => undefined); // its caller has the error and may ask again
      return looked;
    },
  };
}
