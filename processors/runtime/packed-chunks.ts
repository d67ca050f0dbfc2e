import {
  chunkBytesMax,
  chunkStart,
  entryBytesAt,
  entryDueAtMs,
  entryKeyAt,
  entryKeyBytes,
  readEntry,
} from '../../schemas/snapshot-chunk.ts';

/** Where an entry stands in memory: chunk × span + offset. Never 0, and never given twice. */
export type Place = number;

const span = chunkBytesMax;

interface Chunk {
  readonly bytes: Buffer;
  /** Entries in it that are still packed there. */
  uses: number;
  /** The earliest deadline in it that was not told yet, epoch ms; may be of an entry that has left. */
  dueMs: number;
}

/**
 * Chunks of entries, as a snapshot has them, kept for the aggregates that were not touched since: one takes the bytes
 * it has there, a fifth of what its objects take, and its deadline stands there too. A chunk is let go with its last
 * entry.
 */
export class PackedChunks {
  private readonly chunks = new Map<number, Chunk>();
  private nextId = 0;
  private earliestMs = Number.POSITIVE_INFINITY;

  /**
   * Keeps a chunk, a use for each of its entries, whose places it tells. One that holds a single large entry may exceed
   * the span. Throws a RangeError if an entry is cut off. Returns how many entries.
   */
  add(bytes: Buffer, onEntry: (place: Place) => void): number {
    const id = this.nextId;
    this.nextId += 1;
    const chunk = { bytes, uses: 0, dueMs: Number.POSITIVE_INFINITY };
    this.chunks.set(id, chunk);
    for (let at = chunkStart; at < bytes.length; ) {
      const end = at + entryBytesAt(bytes, at);
      if (end > bytes.length) throw new RangeError(`an entry ends at ${end} of ${bytes.length} bytes`);
      const dueMs = entryDueAtMs(bytes, at);
      if (dueMs < chunk.dueMs) chunk.dueMs = dueMs;
      chunk.uses += 1;
      onEntry(id * span + at);
      at = end;
    }
    const entries = chunk.uses;
    if (entries === 0) this.chunks.delete(id);
    else if (chunk.dueMs < this.earliestMs) this.earliestMs = chunk.dueMs;
    return entries;
  }

  /** The chunk that holds the entry, and where in it. */
  find(place: Place): { readonly chunk: Buffer; readonly at: number } {
    const at = place % span;
    const chunk = this.chunks.get((place - at) / span);
    if (!chunk) throw new Error(`no packed entry at ${place}`);
    return { chunk: chunk.bytes, at };
  }

  /** The entry's bytes, head and key included: a view. */
  entryAt(place: Place): Buffer {
    const { chunk, at } = this.find(place);
    return chunk.subarray(at, at + entryBytesAt(chunk, at));
  }

  keyAt(place: Place): string {
    const { chunk, at } = this.find(place);
    return readEntry(chunk, at).key;
  }

  dueAtMs(place: Place): number {
    const { chunk, at } = this.find(place);
    return entryDueAtMs(chunk, at);
  }

  /** The entry is packed there no longer. */
  release(place: Place): void {
    const id = Math.floor(place / span);
    const chunk = this.chunks.get(id);
    if (!chunk) return;
    chunk.uses -= 1;
    if (chunk.uses === 0) this.chunks.delete(id);
  }

  /** Places of all entries in the chunks that are kept now, whether still packed there or not; chunks added later are left out. */
  *places(): Generator<Place> {
    const until = this.nextId;
    for (const [id, { bytes }] of this.chunks) {
      if (id >= until) return;
      for (let at = chunkStart; at < bytes.length; at += entryBytesAt(bytes, at)) yield id * span + at;
    }
  }

  /** The earliest deadline that `tellDue` has not told, epoch ms; Infinity if there is none. It may have lapsed. */
  earliestDueMs(): number {
    return this.earliestMs;
  }

  /** Tells each deadline up to `untilMs` that was not told before, in no order. Some may have lapsed. */
  tellDue(untilMs: number, onDue: (key: string, dueAtMs: number) => void): void {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const chunk of this.chunks.values()) {
      if (chunk.dueMs <= untilMs) tellDueOf(chunk, untilMs, onDue);
      if (chunk.dueMs < earliestMs) earliestMs = chunk.dueMs;
    }
    this.earliestMs = earliestMs;
  }

  /** Bytes kept. */
  get bytes(): number {
    let bytes = 0;
    for (const chunk of this.chunks.values()) bytes += chunk.bytes.length;
    return bytes;
  }
}

function tellDueOf(chunk: Chunk, untilMs: number, onDue: (key: string, dueAtMs: number) => void): void {
  const { bytes, dueMs: fromMs } = chunk;
  let nextMs = Number.POSITIVE_INFINITY;
  for (let at = chunkStart; at < bytes.length; at += entryBytesAt(bytes, at)) {
    const dueMs = entryDueAtMs(bytes, at);
    if (dueMs > untilMs) nextMs = Math.min(nextMs, dueMs);
    else if (dueMs >= fromMs) {
      const keyAt = entryKeyAt(at);
      onDue(bytes.toString('utf8', keyAt, keyAt + entryKeyBytes(bytes, at)), dueMs);
    }
  }
  chunk.dueMs = nextMs;
}
