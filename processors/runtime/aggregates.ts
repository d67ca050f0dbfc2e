import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import { entryBytes, readEntries, readEntry, writeEntry } from '../../schemas/snapshot-chunk.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { PackedChunks, type Place } from './packed-chunks.ts';

/** What the aggregates need to know of their domain. */
export interface AggregateRules<S> {
  readonly format: StateFormat<S>;
  /** When the aggregate next falls due by itself, epoch ms; Infinity if never. */
  readonly dueAtMs: (state: S) => number;
}

/** A state; packed, the place of its bytes; or, in a frozen map, the image of one that has changed since. */
type Cell<S> = S | Place | Buffer;

const writer = new ByteWriter();

/**
 * The aggregates of one task by key. Those that a snapshot holds and nobody has touched since stay packed, as the
 * bytes they have there; the first look unpacks one.
 *
 * `freeze` keeps what there is, for a snapshot that is written in many turns while the fold goes on: from then on
 * changes go into a map of their own, and the first change of an aggregate leaves an image of it behind. So the
 * frozen map means the same until it is released, however far the fold has moved.
 */
export class Aggregates<S> {
  private readonly rules: AggregateRules<S>;
  private readonly cells = new Map<string, Cell<S>>();
  private readonly packed = new PackedChunks();
  /** Since the freeze; null where one has left. Null while nothing is frozen. */
  private changed: Map<string, S | null> | null = null;
  /** Why the frozen map cannot be trusted: an image that could not be made. */
  private spoiled: unknown = null;

  constructor(rules: AggregateRules<S>) {
    this.rules = rules;
  }

  /** Counts them: for tests and figures, not for a turn that others wait for. */
  get size(): number {
    let size = this.cells.size;
    for (const [key, state] of this.changed ?? []) {
      if (state === null) size -= this.cells.has(key) ? 1 : 0;
      else size += this.cells.has(key) ? 0 : 1;
    }
    return size;
  }

  get packedBytes(): number {
    return this.packed.bytes;
  }

  /** To look at, never to change: that is `forChange`. */
  get(key: string): S | undefined {
    const changed = this.changed?.get(key);
    if (changed !== undefined) return changed ?? undefined;
    const cell = this.cells.get(key);
    if (typeof cell !== 'number') return cell as S | undefined; // an image has a newer state in `changed`
    const state = this.unpack(cell);
    if (this.changed !== null) {
      this.changed.set(key, state);
      return state;
    }
    this.packed.release(cell);
    this.cells.set(key, state);
    return state;
  }

  /** The aggregate, to be changed in place: what is frozen keeps an image of it as it is. */
  forChange(key: string): S | undefined {
    const state = this.get(key);
    if (state === undefined || this.changed === null || this.changed.has(key)) return state;
    try {
      this.cells.set(key, this.imageOf(key, state));
    } catch (error) {
      this.spoiled ??= error;
    }
    this.changed.set(key, state);
    return state;
  }

  set(key: string, state: S): void {
    if (this.changed === null) this.cells.set(key, state);
    else this.changed.set(key, state);
  }

  delete(key: string): void {
    if (this.changed === null) this.remove(key);
    else this.changed.set(key, null);
  }

  *keys(): Generator<string> {
    for (const key of this.cells.keys()) if (this.changed?.get(key) !== null) yield key;
    for (const [key, state] of this.changed ?? []) if (state !== null && !this.cells.has(key)) yield key;
  }

  /**
   * Takes the entries of a snapshot's chunk (kind `entries`, or one large entry), packed. Keeps `chunk`. Returns how
   * many; `onDue` is told of each that falls due.
   */
  load(chunk: Buffer, onDue: (key: string, dueAtMs: number) => void): number {
    const id = this.packed.add(chunk);
    let count = 0;
    for (const { key, at, dueAtMs } of readEntries(chunk)) {
      this.cells.set(key, this.packed.place(id, at));
      count += 1;
      if (dueAtMs !== Number.POSITIVE_INFINITY) onDue(key, dueAtMs);
    }
    this.packed.dropUnused(id);
    return count;
  }

  /** Freezes what there is. One at a time; ends with `thaw`. */
  freeze(): FrozenAggregates {
    if (this.changed !== null) throw new Error('frozen already');
    this.changed = new Map();
    this.spoiled = null;
    const frozen = this.cells.keys();
    return {
      size: this.cells.size,
      nextKey: () => {
        if (this.spoiled !== null)
          throw new Error('an aggregate could not be encoded', { cause: this.spoiled });
        const next = frozen.next();
        return next.done ? null : next.value;
      },
      entryOf: (key) => this.frozenEntry(key),
      pack: (chunk, entries) => this.pack(chunk, entries),
      thaw: () => this.thaw(),
    };
  }

  private frozenEntry(key: string): Buffer {
    const cell = this.cells.get(key);
    if (cell === undefined) throw new Error(`${key} is not frozen`);
    if (typeof cell === 'number') return this.packed.entryAt(cell);
    return Buffer.isBuffer(cell) ? cell : this.encode(key, cell);
  }

  private pack(chunk: Buffer, entries: readonly EntryInChunk[]): void {
    const id = this.packed.add(chunk);
    for (const { key, at } of entries) {
      const cell = this.cells.get(key);
      const place = this.packed.place(id, at);
      if (typeof cell === 'number') this.packed.release(cell);
      this.cells.set(key, place);
    }
    this.packed.dropUnused(id);
  }

  private thaw(): void {
    const changed = this.changed ?? new Map<string, S | null>();
    this.changed = null;
    for (const [key, state] of changed) {
      this.remove(key, state);
      if (state !== null) this.cells.set(key, state);
    }
  }

  /** Frees the bytes of a packed one; the cell itself only where nothing takes its place in the map. */
  private remove(key: string, instead: S | null = null): void {
    const cell = this.cells.get(key);
    if (typeof cell === 'number') this.packed.release(cell);
    if (instead === null) this.cells.delete(key);
  }

  private unpack(place: Place): S {
    const { chunk, at } = this.packed.find(place);
    const { stateAt, end } = readEntry(chunk, at);
    return this.rules.format.read(new ByteReader(chunk, stateAt, end));
  }

  /** The entry's bytes: a view of the writer's, valid until the next. */
  private encode(key: string, state: S): Buffer {
    writer.clear();
    this.rules.format.write(state, writer);
    const bytes = writer.written();
    const entry = scratchOf(entryBytes(key, bytes.length));
    return entry.subarray(0, writeEntry(entry, 0, key, this.rules.dueAtMs(state), bytes));
  }

  private imageOf(key: string, state: S): Buffer {
    return Buffer.from(this.encode(key, state));
  }
}

let scratch: Buffer = Buffer.allocUnsafeSlow(16_384);

function scratchOf(bytes: number): Buffer {
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(bytes * 2);
  return scratch;
}

export interface EntryInChunk {
  readonly key: string;
  readonly at: number;
}

/** The aggregates as they were when they were frozen, for `sweepChunks` alone. */
export interface FrozenAggregates {
  readonly size: number;
  /** Each key once; null after the last. Throws if what was frozen could not be kept. */
  nextKey(): string | null;
  /** The entry's bytes; valid until the next call. */
  entryOf(key: string): Buffer;
  /** From now on these aggregates are kept as the bytes they have in `chunk`. */
  pack(chunk: Buffer, entries: readonly EntryInChunk[]): void;
  /** Brings what changed since into what was frozen. */
  thaw(): void;
}
