import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import { chunkKinds, chunkStart, entryBytes, readEntry, writeEntry } from '../../schemas/snapshot-chunk.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { PackedChunks, type Place } from './packed-chunks.ts';
import { PackedIndex } from './packed-index.ts';

/** What the aggregates need to know of their domain. */
export interface AggregateRules<S> {
  readonly format: StateFormat<S>;
  /** When the aggregate next falls due by itself, epoch ms; Infinity if never. */
  readonly dueAtMs: (state: S) => number;
  /** Told of each that is packed no longer, with its deadline, which stood in its entry until then. */
  readonly onUnpacked?: (key: string, dueAtMs: number) => void;
  /** Aggregates that stay as objects; by default 4,096 (`Processor.looseMax`). */
  readonly looseMax?: number | undefined;
}

/** What changed since the freeze. A key is in one of the three at most. */
interface Late<S> {
  readonly loose: Map<string, S>;
  readonly packed: PackedIndex;
  readonly gone: Set<string>;
}

/**
 * An order takes some 2 KB as objects, and 250 bytes packed: without a bound a mass expiry, or a long fold, would unpack
 * all there are (reliability.md §7, Bounds).
 */
const defaultLooseMax = 4_096;
/** Packed at a time: of 4,096 about as many as fill a chunk. */
const atOnceOf = (looseMax: number): number => Math.max(1, looseMax >> 4);
/** And no more than so many: a thaw can leave twice as many loose ones as there may be, and packing takes 5 µs each. */
const atOnceMax = 1_024;
const packedChunkBytes = 65_536;
/** A larger one stays loose: a hot SKU is touched again at once, and takes long to pack. */
const packedEntryBytesMax = 16_384;

const nowhere: Place = 0;
const writer = new ByteWriter();

/**
 * The aggregates of one task by key. Most are packed: the bytes that a snapshot has of them, or would have. The first
 * look unpacks one; those unpacked longest ago are packed again by `packOld`.
 *
 * `freeze` keeps what there is, for a snapshot that is written in many turns while the fold goes on: from then on
 * changes go beside it, and the first change of an aggregate that is loose leaves an image of it behind. So what is
 * frozen means the same until it is released, however far the fold has moved.
 */
export class Aggregates<S> {
  private readonly rules: AggregateRules<S>;
  private readonly chunks = new PackedChunks();
  /** A key is here or in `loose`, not in both. */
  private readonly packed = new PackedIndex(this.chunks);
  /** The oldest touched first. While frozen, an image stands for one that has changed since. */
  private readonly loose = new Map<string, S | Buffer>();
  /** Null while nothing is frozen. */
  private late: Late<S> | null = null;
  /** Why what is frozen cannot be trusted: an image that could not be made. */
  private spoiled: unknown = null;

  constructor(rules: AggregateRules<S>) {
    this.rules = rules;
  }

  /** Counts them: for tests and figures, not for a turn that others wait for. */
  get size(): number {
    let size = 0;
    for (const _ of this.keys()) size += 1;
    return size;
  }

  /** Those that are objects, images left out. */
  get looseSize(): number {
    return this.late === null ? this.loose.size : this.loose.size + this.late.loose.size;
  }

  get packedBytes(): number {
    return this.chunks.bytes;
  }

  /** To look at, never to change: that is `forChange`. */
  get(key: string): S | undefined {
    const { late } = this;
    if (late !== null) {
      const changed = late.loose.get(key);
      if (changed !== undefined) return changed;
      if (late.gone.has(key)) return undefined;
      const place = late.packed.remove(key);
      if (place !== nowhere) return this.loosen(key, place, late.loose, true);
    }
    const known = this.loose.get(key);
    if (known !== undefined) return known as S; // an image has a newer state in `late`
    if (late === null) {
      const place = this.packed.remove(key);
      return place === nowhere ? undefined : this.loosen(key, place, this.loose, true);
    }
    const place = this.packed.find(key);
    return place === nowhere ? undefined : this.loosen(key, place, late.loose, false);
  }

  /** The aggregate, to be changed in place: what is frozen keeps an image of it as it is. */
  forChange(key: string): S | undefined {
    const state = this.get(key);
    const { late } = this;
    if (state === undefined || late === null || late.loose.has(key)) return state;
    try {
      this.loose.set(key, Buffer.from(this.encode(key, state)));
    } catch (error) {
      this.spoiled ??= error;
    }
    late.loose.set(key, state);
    return state;
  }

  set(key: string, state: S): void {
    const { late } = this;
    this.drop(key, late?.packed ?? this.packed);
    late?.gone.delete(key);
    (late?.loose ?? this.loose).set(key, state);
  }

  delete(key: string): void {
    const { late } = this;
    this.drop(key, late?.packed ?? this.packed);
    (late?.loose ?? this.loose).delete(key);
    late?.gone.add(key);
  }

  /** The deadline of one that is packed, epoch ms; undefined of any other. */
  packedDueAtMs(key: string): number | undefined {
    const { late } = this;
    if (late !== null && (late.loose.has(key) || late.gone.has(key))) return undefined;
    const place = (late?.packed.find(key) ?? nowhere) || this.packed.find(key);
    return place === nowhere ? undefined : this.chunks.dueAtMs(place);
  }

  isLoose(key: string): boolean {
    return this.loose.has(key) || this.late?.loose.has(key) === true;
  }

  /** The earliest deadline of packed ones that `tellDue` has not told; Infinity if there is none. It may have lapsed. */
  earliestDueMs(): number {
    return this.chunks.earliestDueMs();
  }

  /** Tells the deadlines of packed ones up to `untilMs` that were not told before, in no order. Some may have lapsed. */
  tellDue(untilMs: number, onDue: (key: string, dueAtMs: number) => void): void {
    this.chunks.tellDue(untilMs, onDue);
  }

  *keys(): Generator<string> {
    const { late } = this;
    for (const key of this.frozenKeys()) {
      if (late === null || !(late.gone.has(key) || late.loose.has(key) || late.packed.find(key))) yield key;
    }
    if (late === null) return;
    yield* late.loose.keys();
    for (const place of late.packed.all()) yield this.chunks.keyAt(place);
  }

  /** Room for so many more, before they are loaded. */
  reserve(entries: number): void {
    this.packed.reserve(entries);
  }

  /** Takes the entries of a snapshot's chunk (kind `entries`, or one large entry), packed. Keeps `chunk`. Returns how many. */
  load(chunk: Buffer): number {
    return this.pack(chunk, this.packed, this.loose);
  }

  /**
   * Packs those unpacked longest ago, if there are many loose ones; of very many, as after a thaw, a part, for its
   * caller waits. To be called where nobody holds a state. Returns whether any was packed. One that cannot be encoded,
   * or is large, stays as it is.
   */
  packOld(): boolean {
    const loose: Map<string, S | Buffer> = this.late?.loose ?? this.loose;
    const packed = this.late?.packed ?? this.packed;
    const { looseMax = defaultLooseMax } = this.rules;
    if (loose.size < looseMax + atOnceOf(looseMax)) return false;
    const old = new OldEntries((chunk) => this.pack(chunk, packed, loose));
    let left = Math.min(loose.size - looseMax, atOnceMax);
    for (const [key, state] of loose) {
      if (left === 0) break;
      left -= 1;
      const entry = this.encodeSmall(key, state as S);
      if (entry !== null) {
        old.add(entry);
        continue;
      }
      loose.delete(key);
      loose.set(key, state);
    }
    old.close();
    return true;
  }

  /** Freezes what there is. One at a time; ends with `thaw`. */
  freeze(): FrozenAggregates {
    if (this.late !== null) throw new Error('frozen already');
    this.late = { loose: new Map(), packed: new PackedIndex(this.chunks), gone: new Set() };
    this.spoiled = null;
    return {
      size: this.packed.size + this.loose.size,
      packedEntries: this.frozenPacked(),
      looseEntries: this.frozenLoose(),
      keepIn: (chunk) => void this.pack(chunk, this.packed, this.loose),
      thaw: () => this.thaw(),
    };
  }

  private *frozenPacked(): Generator<Buffer> {
    for (const place of this.chunks.places()) if (this.packed.has(place)) yield this.chunks.entryAt(place);
  }

  private *frozenLoose(): Generator<Buffer> {
    for (const [key, cell] of this.loose) {
      if (this.spoiled !== null)
        throw new Error('an aggregate could not be encoded', { cause: this.spoiled });
      yield Buffer.isBuffer(cell) ? cell : this.encode(key, cell);
    }
  }

  private *frozenKeys(): Generator<string> {
    yield* this.loose.keys();
    for (const place of this.packed.all()) yield this.chunks.keyAt(place);
  }

  /** Leads to the entries of a chunk instead of whatever their keys led to. */
  private pack(chunk: Buffer, packed: PackedIndex, loose: Map<string, unknown>): number {
    return this.chunks.add(chunk, (place) => {
      const before = packed.put(place);
      if (before !== nowhere) this.chunks.release(before);
      else if (loose.size > 0) loose.delete(this.chunks.keyAt(place));
    });
  }

  /** Unpacks one into `loose`; its bytes are let go where nothing frozen needs them. */
  private loosen(key: string, place: Place, into: Map<string, S | Buffer>, lettingGo: boolean): S {
    const { chunk, at } = this.chunks.find(place);
    const { dueAtMs, stateAt, end } = readEntry(chunk, at);
    const state = this.rules.format.read(new ByteReader(chunk, stateAt, end));
    if (lettingGo) this.chunks.release(place);
    into.set(key, state);
    if (dueAtMs !== Number.POSITIVE_INFINITY) this.rules.onUnpacked?.(key, dueAtMs);
    return state;
  }

  private drop(key: string, from: PackedIndex): void {
    const place = from.remove(key);
    if (place !== nowhere) this.chunks.release(place);
  }

  private thaw(): void {
    const { late } = this;
    if (late === null) return;
    this.late = null;
    for (const key of late.gone) this.delete(key);
    for (const [key, state] of late.loose) {
      this.loose.delete(key); // behind those that were touched before it
      this.set(key, state);
    }
    for (const place of late.packed.all()) {
      const before = this.packed.put(place);
      if (before !== nowhere) this.chunks.release(before);
      else this.loose.delete(this.chunks.keyAt(place));
    }
  }

  /** Null if it is large, or cannot be encoded: that of a half moved one is nobody's concern (`Fold.spoiled`). */
  private encodeSmall(key: string, state: S): Buffer | null {
    try {
      const entry = this.encode(key, state);
      return entry.length > packedEntryBytesMax ? null : entry;
    } catch {
      return null;
    }
  }

  /** The entry's bytes: a view of the scratch, valid until the next. */
  private encode(key: string, state: S): Buffer {
    writer.clear();
    this.rules.format.write(state, writer);
    const bytes = writer.written();
    const entry = scratchOf(entryBytes(key, bytes.length));
    return entry.subarray(0, writeEntry(entry, 0, key, this.rules.dueAtMs(state), bytes));
  }
}

let scratch: Buffer = Buffer.allocUnsafeSlow(16_384);

function scratchOf(bytes: number): Buffer {
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(bytes * 2);
  return scratch;
}

const work = Buffer.allocUnsafeSlow(packedChunkBytes);

/** Entries on their way into chunks of their own. One at a time. */
class OldEntries {
  private readonly onChunk: (chunk: Buffer) => void;
  private end = chunkStart;

  constructor(onChunk: (chunk: Buffer) => void) {
    this.onChunk = onChunk;
    work[0] = chunkKinds.entries;
  }

  /** Copies it. */
  add(entry: Buffer): void {
    if (this.end + entry.length > work.length) this.close();
    this.end += entry.copy(work, this.end);
  }

  close(): void {
    if (this.end === chunkStart) return;
    const chunk = Buffer.allocUnsafeSlow(this.end);
    work.copy(chunk, 0, 0, this.end);
    this.end = chunkStart;
    this.onChunk(chunk);
  }
}

/** The aggregates as they were when they were frozen, for `sweepChunks` alone. */
export interface FrozenAggregates {
  readonly size: number;
  /** The bytes of those that are packed, each once, valid until the next. To be taken before `looseEntries`. */
  readonly packedEntries: Iterable<Buffer>;
  /** The bytes of the others, likewise. Throws if what was frozen could not be kept. */
  readonly looseEntries: Iterable<Buffer>;
  /** From now on the packed aggregates in `chunk`, of kind `entries`, are kept as the bytes they have there. */
  keepIn(chunk: Buffer): void;
  /** Brings what changed since into what was frozen. */
  thaw(): void;
}
