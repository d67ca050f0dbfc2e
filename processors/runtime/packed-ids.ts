import { hash } from 'node:crypto';

/**
 * Ids of aggregates that have left for good, as 64-bit hashes: all that stays of an order at rest, 8 bytes in a
 * snapshot and 10 to 16 in memory. An id that never left is taken for one that has with a chance of size ÷ 2^64.
 * They are added and never removed, which is what lets `freeze` do without a copy.
 */
export class PackedIds {
  /** Pairs of 32 bits, open addressing; 0, 0 is an empty place. */
  private table = new Uint32Array(2 * smallest);
  private count = 0;
  /** Places in `table` that were filled since the freeze. */
  private late: Set<number> | null = null;
  private frozenTable: Uint32Array | null = null;

  get size(): number {
    return this.count;
  }

  has(id: string): boolean {
    if (this.count === 0) return false;
    const [high, low] = hashOf(id);
    return this.table[2 * placeOf(this.table, high, low)] !== 0;
  }

  add(id: string): void {
    this.addHash(...hashOf(id));
  }

  /** Takes hashes as `FrozenIds` gave them. Returns how many. */
  load(bytes: Buffer): number {
    if (bytes.length % 8 !== 0) throw new RangeError(`${bytes.length} bytes are no hashes of 8`);
    for (let at = 0; at < bytes.length; at += 8) {
      this.addHash(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
    }
    return bytes.length / 8;
  }

  /** The ids as they are now, to be read in many turns. One at a time; ends with `thaw`. */
  freeze(): FrozenIds {
    const { table, count } = this;
    let place = 0;
    let left = count;
    this.late = new Set();
    this.frozenTable = table;
    return {
      size: count,
      next: (max) => {
        // mostly there are few or none: room for all that a chunk takes would be half a megabyte each time
        const bytes = Buffer.allocUnsafe(8 * Math.min(max, left));
        let end = 0;
        for (; place < table.length / 2 && end < bytes.length; place += 1) {
          const high = table[2 * place] ?? 0;
          if (high === 0 || this.late?.has(place)) continue;
          bytes.writeUInt32LE(high, end);
          bytes.writeUInt32LE(table[2 * place + 1] ?? 0, end + 4);
          end += 8;
        }
        left -= end / 8;
        return end === 0 ? null : bytes.subarray(0, end);
      },
      thaw: () => {
        this.late = null;
        this.frozenTable = null;
      },
    };
  }

  private addHash(high: number, low: number): void {
    if ((this.count + 1) * 5 > (this.table.length / 2) * 4) this.grow();
    const place = placeOf(this.table, high, low);
    if (this.table[2 * place] !== 0) return;
    this.table[2 * place] = high;
    this.table[2 * place + 1] = low;
    this.count += 1;
    if (this.frozenTable === this.table) this.late?.add(place);
  }

  /** Into a table of its own: one that is frozen stays as it is. */
  private grow(): void {
    const grown = new Uint32Array(2 * Math.ceil((this.table.length / 2) * 1.6));
    for (let at = 0; at < this.table.length; at += 2) {
      const high = this.table[at] ?? 0;
      const low = this.table[at + 1] ?? 0;
      if (high === 0) continue;
      const place = placeOf(grown, high, low);
      grown[2 * place] = high;
      grown[2 * place + 1] = low;
    }
    this.table = grown;
  }
}

/** What `PackedIds` held when it was frozen. */
export interface FrozenIds {
  readonly size: number;
  /** Up to `max` hashes, 8 bytes each; null after the last. */
  next(max: number): Buffer | null;
  thaw(): void;
}

const smallest = 64;

/** The first 64 bits of the id's SHA-256. The upper half is never 0, which marks an empty place. */
function hashOf(id: string): [high: number, low: number] {
  const digest = hash('sha256', id, 'buffer');
  return [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4)];
}

/** Where the hash stands, or the empty place where it would. */
function placeOf(table: Uint32Array, high: number, low: number): number {
  const places = table.length / 2;
  let place = low % places;
  while (table[2 * place] !== 0 && (table[2 * place] !== high || table[2 * place + 1] !== low)) {
    place = place + 1 === places ? 0 : place + 1;
  }
  return place;
}
