import { chunkKinds, chunkStart } from './snapshot-chunk.ts';

/** Puts the entries of one snapshot together, chunk by chunk: a large one stands in parts, in chunks of its own. */
export class SnapshotEntries {
  #parts: Buffer[] = [];

  /**
   * The whole entries that this chunk completes, for `readEntries`; null for a part, and for a chunk that holds no
   * entries. Throws if a large entry breaks off. What is given back may be a view of `chunk`.
   */
  add(chunk: Buffer): Buffer | null {
    const kind = chunk.readUInt8(0);
    const isPart = kind === chunkKinds.part || kind === chunkKinds.lastPart;
    if (this.#parts.length > 0 && !isPart) throw new Error('a large entry breaks off');
    if (kind === chunkKinds.entries) return chunk;
    if (!isPart) return null;
    this.#parts.push(Buffer.from(chunk.subarray(chunkStart)));
    if (kind === chunkKinds.part) return null;
    const whole = Buffer.concat([chunk.subarray(0, chunkStart), ...this.#parts]);
    this.#parts = [];
    return whole;
  }
}
