import { chunkBytesMax, chunkKinds, chunkStart } from '../../schemas/snapshot-chunk.ts';
import type { FrozenAggregates } from './aggregates.ts';
import type { FrozenIds } from './packed-ids.ts';
import { parkedChunks, type ParkedEntry } from './parked-chunks.ts';

/** What a snapshot holds in its chunks, as it was at one moment. */
export interface FrozenFold {
  readonly aggregates: FrozenAggregates;
  readonly archived: FrozenIds;
  readonly parked: readonly ParkedEntry[];
}

const roomForContent = chunkBytesMax - chunkStart;
const work = Buffer.allocUnsafeSlow(chunkBytesMax);

/**
 * The chunks of a snapshot, one a step, so that other turns come between. Each step costs as long as it takes to
 * encode one chunk. What was packed is kept in the new chunks from then on, where it stands without gaps; what is
 * loose stays loose, for it was touched of late, and packing what is touched again soon is work for nothing.
 */
export function* sweepChunks({ aggregates, archived, parked }: FrozenFold): Generator<Buffer> {
  for (const chunk of entryChunks(aggregates.packedEntries)) {
    if (chunk[0] === chunkKinds.entries) aggregates.keepIn(chunk);
    yield chunk;
  }
  yield* entryChunks(aggregates.looseEntries);
  for (;;) {
    const hashes = archived.next(Math.floor(roomForContent / 8));
    if (hashes === null) break;
    yield chunkOf(chunkKinds.archived, hashes);
  }
  for (const content of parkedChunks(parked)) yield chunkOf(chunkKinds.parked, content);
}

function* entryChunks(entries: Iterable<Buffer>): Generator<Buffer> {
  let end = chunkStart;
  const close = (): Buffer => {
    const chunk = chunkOf(chunkKinds.entries, work.subarray(chunkStart, end));
    end = chunkStart;
    return chunk;
  };
  for (const next of entries) {
    let entry = next;
    if (end + entry.length > chunkBytesMax && end > chunkStart) {
      entry = Buffer.from(entry); // a view holds for one step only, and so does `work`
      yield close();
    }
    if (entry.length > roomForContent) {
      yield* partsOf(Buffer.from(entry));
      continue;
    }
    end += entry.copy(work, end);
  }
  if (end > chunkStart) yield close();
}

/** One entry that is larger than a chunk: it is not packed, but stays as it is in memory. */
function* partsOf(entry: Buffer): Generator<Buffer> {
  for (let at = 0; at < entry.length; at += roomForContent) {
    const isLast = at + roomForContent >= entry.length;
    const kind = isLast ? chunkKinds.lastPart : chunkKinds.part;
    yield chunkOf(kind, entry.subarray(at, at + roomForContent));
  }
}

function chunkOf(kind: number, content: Buffer): Buffer {
  const chunk = Buffer.allocUnsafeSlow(chunkStart + content.length);
  chunk[0] = kind;
  content.copy(chunk, chunkStart);
  return chunk;
}
