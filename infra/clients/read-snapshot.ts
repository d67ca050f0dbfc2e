import { type SnapshotEntry, readEntries } from '../../schemas/snapshot-chunk.ts';
import { SnapshotEntries } from '../../schemas/snapshot-entries.ts';
import {
  decodeManifest,
  hashOf,
  isManifestKey,
  previousHeader,
  type SnapshotManifest,
} from '../../schemas/snapshot-manifest.ts';
import type { LogReader, LogRecord, OffsetRange, TopicPartition } from './log.ts';
import { readPartition } from './read-partition.ts';

export interface SnapshotReading {
  readonly reader: LogReader;
  readonly at: TopicPartition;
  readonly range: OffsetRange;
  /** As `SnapshotManifest.of` spells it. */
  readonly of: string;
  /** Of the format its states are read with. */
  readonly version: string;
}

/** A complete snapshot whose chunks are what its manifest says. */
export interface ReadSnapshot {
  readonly manifest: SnapshotManifest;
  /** Every aggregate, with the bytes its state stands in. */
  entries(): Generator<SnapshotEntry & { readonly bytes: Buffer }>;
}

/** Records at the end of the topic that lead to the newest manifest: each names the one before it. */
const windowRecords = 8n;

/**
 * The newest snapshot of a partition, for who only wants the states and reads the journal from there; null if there is
 * none that this build can use, then the whole journal is read: slower, and never wrong (DESIGN §3). An owner, who has
 * more to lose, looks further (`processors/runtime/load-snapshot.ts`).
 */
export async function readSnapshot(reading: SnapshotReading): Promise<ReadSnapshot | null> {
  const manifest = await newestManifest(reading);
  if (manifest?.of !== reading.of || manifest.version !== reading.version) return null;
  const chunks = await readChunks(reading, manifest);
  return chunks && { manifest, entries: () => entriesOf(chunks) };
}

async function newestManifest({ reader, at, range }: SnapshotReading): Promise<SnapshotManifest | null> {
  const { end } = range;
  const first = end - windowRecords > range.first ? end - windowRecords : range.first;
  const found: SnapshotManifest[] = [];
  const named = new Set<bigint>();
  for (const record of await recordsOf(reader, at, { first, end })) {
    const manifest = manifestIn(record);
    if (manifest) found.push(manifest);
    const previous = record.headers.find(([name]) => name === previousHeader)?.[1].toString() ?? '';
    if (/^\d{1,18}$/.test(previous)) named.add(BigInt(previous));
  }
  for (const offset of named) {
    if (offset < range.first || offset >= first) continue;
    const records = await recordsOf(reader, at, { first: offset, end: offset + 1n });
    found.push(...records.flatMap((record) => manifestIn(record) ?? []));
  }
  return found.sort((a, b) => b.position.seq - a.position.seq)[0] ?? null;
}

const manifestIn = ({ key, value }: LogRecord): SnapshotManifest | null =>
  value !== null && isManifestKey(key?.toString() ?? '') ? decodeManifest(value) : null;

/** The chunks in order; null if one is missing or another than the manifest says. */
async function readChunks(
  { reader, at, range }: SnapshotReading,
  { chunks }: SnapshotManifest,
): Promise<readonly Buffer[] | null> {
  const [firstChunk] = chunks;
  const lastChunk = chunks.at(-1);
  if (!firstChunk || !lastChunk) return [];
  const first = BigInt(firstChunk.offset);
  const end = BigInt(lastChunk.offset) + 1n;
  if (first < range.first || end > range.end) return null;
  const hashes = new Map(chunks.map(({ offset, hash }) => [BigInt(offset), hash]));
  const values: Buffer[] = [];
  for (const { offset, value } of await recordsOf(reader, at, { first, end })) {
    const hash = hashes.get(offset);
    if (hash === undefined) continue; // of another writer, in between
    if (value === null || !hashOf(value).equals(hash)) return null;
    values.push(value);
  }
  return values.length === hashes.size ? values : null;
}

async function recordsOf(reader: LogReader, at: TopicPartition, range: OffsetRange): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of readPartition(reader, at, range)) records.push(...batch);
  return records;
}

function* entriesOf(chunks: readonly Buffer[]): Generator<SnapshotEntry & { readonly bytes: Buffer }> {
  const whole = new SnapshotEntries();
  for (const chunk of chunks) {
    const bytes = whole.add(chunk);
    if (bytes === null) continue;
    for (const entry of readEntries(bytes)) yield { ...entry, bytes };
  }
}
