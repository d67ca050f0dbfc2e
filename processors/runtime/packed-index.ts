import { entryKeyAt, entryKeyBytes, keyBytesMax } from '../../schemas/snapshot-chunk.ts';
import type { PackedChunks, Place } from './packed-chunks.ts';

const smallest = 64;
const nowhere: Place = 0;
/** A key of so many characters always fits: a character takes three bytes at most. */
const keyScratch = Buffer.allocUnsafeSlow(3 * keyBytesMax);

/**
 * Where packed aggregates stand, by key: a table of hashes and places with open addressing. The keys themselves stay
 * in their entries, so an aggregate costs 16 to 32 bytes here and no object, and loading one no string.
 */
export class PackedIndex {
  private readonly chunks: PackedChunks;
  private hashes = new Uint32Array(smallest);
  /** 0 marks an empty slot. */
  private places = new Float64Array(smallest);
  private count = 0;

  constructor(chunks: PackedChunks) {
    this.chunks = chunks;
  }

  get size(): number {
    return this.count;
  }

  /** Makes room for so many more in one step. */
  reserve(more: number): void {
    let slots = this.hashes.length;
    while ((this.count + more) * 4 > slots * 3) slots *= 2;
    if (slots > this.hashes.length) this.growTo(slots);
  }

  /** Place of the entry of that key; 0 if there is none. */
  find(key: string): Place {
    const slot = this.slotOfKey(key);
    return slot === -1 ? nowhere : (this.places[slot] ?? nowhere);
  }

  /** Is the entry at `place` the one its key leads to? */
  has(place: Place): boolean {
    return this.places[this.slotOfEntry(place)] === place;
  }

  /** Leads the key of the entry at `place` there. Returns where it led before; 0 if nowhere. */
  put(place: Place): Place {
    this.reserve(1);
    const slot = this.slotOfEntry(place);
    const before = this.places[slot] ?? nowhere;
    if (before === nowhere) this.count += 1;
    this.places[slot] = place;
    return before;
  }

  /** Forgets the key. Returns where it led; 0 if nowhere. */
  remove(key: string): Place {
    const slot = this.slotOfKey(key);
    const place = slot === -1 ? nowhere : (this.places[slot] ?? nowhere);
    if (place !== nowhere) this.empty(slot);
    return place;
  }

  *all(): Generator<Place> {
    for (const place of this.places) if (place !== nowhere) yield place;
  }

  /** -1 for a key that no entry can have. */
  private slotOfKey(key: string): number {
    if (this.count === 0 || key.length > keyBytesMax) return -1;
    const length = keyScratch.write(key);
    return this.slotOf(hashOf(keyScratch, 0, length), keyScratch, 0, length);
  }

  /** The slot gets the entry's hash if it is empty. */
  private slotOfEntry(place: Place): number {
    const { chunk, at } = this.chunks.find(place);
    const from = entryKeyAt(at);
    const length = entryKeyBytes(chunk, at);
    const hash = hashOf(chunk, from, length);
    const slot = this.slotOf(hash, chunk, from, length);
    if (this.places[slot] === nowhere) this.hashes[slot] = hash;
    return slot;
  }

  /** Where the key stands, or the empty slot where it would. */
  private slotOf(hash: number, bytes: Buffer, from: number, length: number): number {
    const { hashes, places } = this;
    const mask = hashes.length - 1;
    let slot = hash & mask;
    for (let place = places[slot]; place !== nowhere; place = places[slot]) {
      if (hashes[slot] === hash && this.isKeyAt(place ?? nowhere, bytes, from, length)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private isKeyAt(place: Place, bytes: Buffer, from: number, length: number): boolean {
    const { chunk, at } = this.chunks.find(place);
    const keyAt = entryKeyAt(at);
    return (
      entryKeyBytes(chunk, at) === length &&
      bytes.compare(chunk, keyAt, keyAt + length, from, from + length) === 0
    );
  }

  /** Those behind it move up, so that none stands behind an empty slot that its search would end at. */
  private empty(slot: number): void {
    const { hashes, places } = this;
    const mask = hashes.length - 1;
    let hole = slot;
    for (let next = (hole + 1) & mask; places[next] !== nowhere; next = (next + 1) & mask) {
      const home = (hashes[next] ?? 0) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      hashes[hole] = hashes[next] ?? 0;
      places[hole] = places[next] ?? nowhere;
      hole = next;
    }
    places[hole] = nowhere;
    this.count -= 1;
  }

  private growTo(slots: number): void {
    const { hashes, places } = this;
    this.hashes = new Uint32Array(slots);
    this.places = new Float64Array(slots);
    for (let from = 0; from < places.length; from += 1) {
      const place = places[from] ?? nowhere;
      if (place === nowhere) continue;
      const hash = hashes[from] ?? 0;
      let slot = hash & (slots - 1);
      while (this.places[slot] !== nowhere) slot = (slot + 1) & (slots - 1);
      this.hashes[slot] = hash;
      this.places[slot] = place;
    }
  }
}

/** FNV-1a, its bits mixed once more: the table looks at the lowest. */
function hashOf(bytes: Buffer, from: number, length: number): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = from; at < from + length; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
