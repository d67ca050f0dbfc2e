import { chunkBytesMax, entryBytesAt } from '../../schemas/snapshot-chunk.ts';

/** Where an entry stands in memory: chunk × span + offset. One number, so that a map holds a million of them. */
export type Place = number;

const span = chunkBytesMax;

/**
 * Chunks of snapshots, kept for the entries that were not touched since: a packed aggregate takes the bytes it has
 * in a snapshot, a fifth of what its objects take. A chunk is let go with its last entry.
 */
export class PackedChunks {
  private readonly chunks: (Buffer | null)[] = [];
  private readonly uses: number[] = [];
  private readonly free: number[] = [];

  /** Keeps a chunk; its entries are placed by `place`. One that holds a single large entry may exceed the span. */
  add(chunk: Buffer): number {
    const id = this.free.pop() ?? this.chunks.length;
    this.chunks[id] = chunk;
    this.uses[id] = 0;
    return id;
  }

  /** The place of the entry at `offset` of chunk `id`, which is used once more from now on. */
  place(id: number, offset: number): Place {
    this.uses[id] = (this.uses[id] ?? 0) + 1;
    return id * span + offset;
  }

  /** The chunk that holds the entry, and where in it. */
  find(place: Place): { readonly chunk: Buffer; readonly at: number } {
    const at = place % span;
    const chunk = this.chunks[(place - at) / span];
    if (!chunk) throw new Error(`no packed entry at ${place}`);
    return { chunk, at };
  }

  /** The entry's bytes, head and key included: a view. */
  entryAt(place: Place): Buffer {
    const { chunk, at } = this.find(place);
    return chunk.subarray(at, at + entryBytesAt(chunk, at));
  }

  /** The entry is packed no longer. */
  release(place: Place): void {
    const id = Math.floor(place / span);
    const uses = (this.uses[id] ?? 0) - 1;
    this.uses[id] = uses;
    if (uses === 0) this.letGo(id);
  }

  /** Lets a chunk go that no entry uses. */
  dropUnused(id: number): void {
    if (this.uses[id] === 0) this.letGo(id);
  }

  /** Bytes kept. */
  get bytes(): number {
    let bytes = 0;
    for (const chunk of this.chunks) bytes += chunk?.length ?? 0;
    return bytes;
  }

  private letGo(id: number): void {
    this.chunks[id] = null;
    this.free.push(id);
  }
}
