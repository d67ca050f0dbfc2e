import type { AskForWriter } from '../../infra/clients/decode-records.ts';
import { decodeRecords } from '../../infra/clients/decode-records.ts';
import type { Log, LogReader } from '../../infra/clients/log.ts';
import { readPartition } from '../../infra/clients/read-partition.ts';
import { type ReadSnapshot, readSnapshot } from '../../infra/clients/read-snapshot.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import { ByteReader } from '../../schemas/byte-reader.ts';
import type { Event } from '../../schemas/generated/catalogue-events.ts';
import { productFormat } from '../../schemas/product-state.ts';
import { snapshotNameOf } from '../../schemas/snapshot-manifest.ts';
import { journalOf, snapshotsOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Catalogue } from './catalogue.ts';

export interface CatalogueSource {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  readonly codec: TopicCodec<Event>;
  readonly askForWriter: AskForWriter;
  readonly catalogue: Catalogue;
}

/**
 * Puts the snapshots of the catalogue into memory and tells from where its journal is to be read on, by partition; one
 * without a usable snapshot is read from its beginning.
 */
export async function loadCatalogue(source: CatalogueSource): Promise<ReadonlyMap<number, JournalPosition>> {
  const { log, reader, catalogue } = source;
  const topic = snapshotsOf('catalogue');
  const [ranges, journals] = await Promise.all([log.offsetsOf(topic), log.offsetsOf(journalOf('catalogue'))]);
  const from = new Map<number, JournalPosition>();
  await Promise.all(
    [...ranges].map(async ([partition, range]) => {
      const snapshot = await readSnapshot({
        reader,
        at: { topic, partition },
        range,
        of: snapshotNameOf('catalogue', partition, ranges.size),
        version: productFormat.version,
      });
      const end = journals.get(partition)?.end ?? 0n;
      if (snapshot === null || !(await standsOnJournal(source, partition, end, snapshot))) return;
      put(catalogue, partition, snapshot);
      const { offset, seq, writer } = snapshot.manifest.position;
      from.set(partition, { offset: BigInt(offset), seq, writer });
    }),
  );
  return from;
}

/** A snapshot of another journal, or of one that has lost its end, is none. */
async function standsOnJournal(
  { reader, codec, askForWriter }: CatalogueSource,
  partition: number,
  end: bigint,
  { manifest }: ReadSnapshot,
): Promise<boolean> {
  const { offset, seq, writer } = manifest.position;
  const first = BigInt(offset);
  if (first >= end) return false;
  const at = { topic: journalOf('catalogue'), partition };
  for await (const records of readPartition(reader, at, { first, end: first + 1n })) {
    const { values } = await decodeRecords({ codec, askForWriter }, at, records);
    return values[0]?.seq === seq && values[0].writer === writer;
  }
  return false;
}

function put(catalogue: Catalogue, partition: number, snapshot: ReadSnapshot): void {
  for (const { bytes, stateAt, end } of snapshot.entries()) {
    const { store, sku, version, content, updatedAtMs } = productFormat.read(
      new ByteReader(bytes, stateAt, end),
    );
    // a product that only a refused command ever named was never put
    if (version > 0) catalogue.put(store, sku, version, content, updatedAtMs);
  }
  catalogue.learnCause(partition, snapshot.manifest.highestCause);
}
