import { hash } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { MessagePair } from './source-mark.ts';

/** The two places a partition's snapshots alternate between. */
export type SnapshotSlot = 0 | 1;

/** A pair with what it is of: a source task, or a target partition. */
export type NamedPair = readonly [of: string, pair: MessagePair];

/**
 * What closes a snapshot: without it its chunks are nothing. It says of which journal position the snapshot is the
 * fold, and holds what the runtime keeps beside the aggregates (DESIGN §3, Snapshots).
 */
export interface SnapshotManifest {
  /** `<processor>/<partition> of <partitions>`, for example `stock/3 of 4`. */
  readonly of: string;
  /** Format of the states, by their processor. Another one cannot be read. */
  readonly version: string;
  readonly slot: SnapshotSlot;
  /** Offset of the manifest that was the newest complete one when this snapshot began; null for the first. */
  readonly previous: number | null;
  /** The last event inside; every event up to it is inside, and all their messages are acknowledged. */
  readonly position: { readonly offset: number; readonly seq: number; readonly writer: string };
  /** The partition's time, epoch ms. */
  readonly timeMs: number;
  /** Highest inbox offset an event names. */
  readonly highestCause: number;
  /** Highest pair seen from each source task. */
  readonly marks: readonly NamedPair[];
  /** Last pair sent to each target partition. */
  readonly lastSent: readonly NamedPair[];
  /** Aggregates in the chunks. */
  readonly entries: number;
  /** Hashes of archived ids in the chunks. */
  readonly archived: number;
  /** Parked commands in the chunks. */
  readonly parked: number;
  /** In order. */
  readonly chunks: readonly SnapshotChunk[];
}

export interface SnapshotChunk {
  /** Where it stands in the snapshot topic. */
  readonly offset: number;
  /** SHA-256 of its bytes. */
  readonly hash: Buffer;
}

/** As the snapshots of a partition name it: `stock/3 of 4`. */
export const snapshotNameOf = (processor: string, partition: number, partitions: number): string =>
  `${processor}/${partition} of ${partitions}`;

/** Layout of the manifest itself. */
const layout = 1;
const hashBytes = 32;

export const chunkKeyOf = (slot: SnapshotSlot, index: number): string => `${slot}/${index}`;
export const manifestKeyOf = (slot: SnapshotSlot): string => `${slot}/manifest`;
export const isManifestKey = (key: string): boolean => key === manifestKeyOf(0) || key === manifestKeyOf(1);

/** Header of every record of a snapshot: offset of the newest complete manifest before it, `-` if there was none. */
export const previousHeader = 'previous';

export const hashOf = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');

const writer = new ByteWriter();

/** The manifest's bytes; the last 32 are the SHA-256 of those before. */
export function encodeManifest(manifest: SnapshotManifest): Buffer {
  const to = writer;
  to.clear();
  const pairs = (named: readonly NamedPair[]): void =>
    to.list(named, ([of, { seq, index }]) => {
      to.text(of);
      to.uint(seq);
      to.uint(index);
    });
  to.uint(layout);
  to.text(manifest.of);
  to.text(manifest.version);
  to.uint(manifest.slot);
  to.optional(manifest.previous, (offset) => to.uint(offset));
  to.uint(manifest.position.offset);
  to.uint(manifest.position.seq);
  to.text(manifest.position.writer);
  to.uint(manifest.timeMs);
  to.int(manifest.highestCause);
  pairs(manifest.marks);
  pairs(manifest.lastSent);
  to.uint(manifest.entries);
  to.uint(manifest.archived);
  to.uint(manifest.parked);
  to.list(manifest.chunks, ({ offset, hash }) => {
    to.uint(offset);
    to.raw(hash);
  });
  return Buffer.concat([to.written(), hashOf(to.written())]);
}

/** The manifest in `bytes`; null if they are cut, changed, or of a layout this build does not know. */
export function decodeManifest(bytes: Buffer): SnapshotManifest | null {
  const end = bytes.length - hashBytes;
  if (end <= 0 || !hashOf(bytes.subarray(0, end)).equals(bytes.subarray(end))) return null;
  const from = new ByteReader(bytes, 0, end);
  if (from.uint() !== layout) return null;
  const pairs = (): NamedPair[] =>
    from.list(() => [from.text(), { seq: from.uint(), index: from.uint() }] as const);
  const manifest: SnapshotManifest = {
    of: from.text(),
    version: from.text(),
    slot: from.uint() === 0 ? 0 : 1,
    previous: from.optional(() => from.uint()),
    position: { offset: from.uint(), seq: from.uint(), writer: from.text() },
    timeMs: from.uint(),
    highestCause: from.int(),
    marks: pairs(),
    lastSent: pairs(),
    entries: from.uint(),
    archived: from.uint(),
    parked: from.uint(),
    chunks: from.list(() => ({ offset: from.uint(), hash: from.raw() })),
  };
  return from.left === 0 ? manifest : null;
}
