interface Due {
  readonly atMs: number;
  readonly key: string;
}

/** Where the deadlines of packed aggregates stand: with their bytes, so that they cost nothing until they are near. */
export interface PackedDeadlines {
  /** The earliest that `tellDue` has not told, epoch ms; Infinity if there is none. It may have lapsed. */
  earliestDueMs(): number;
  /** Tells those up to `untilMs` that were not told before, in no order. Some may have lapsed. */
  tellDue(untilMs: number, onDue: (key: string, dueAtMs: number) => void): void;
  isLoose(key: string): boolean;
}

/** Deadlines of packed aggregates are brought near this long ahead: a look at all of them costs milliseconds. */
const nearMs = 60_000;
/** Hints that are always let stand: below this no look for superfluous ones pays. */
const superfluousMin = 8_192;

/**
 * Which aggregates fall due when: a heap of (time, key) for those that are loose or due soon; the others are found
 * where they are packed. An entry is a hint: the aggregate itself says when it is due, and one that says otherwise by
 * now is passed over. The order is total, so it is the same after a restart.
 */
export class Deadlines {
  private heap: Due[] = [];
  private readonly packed: PackedDeadlines;
  /** Of packed aggregates all up to here were brought into the heap, epoch ms. */
  private nearUntilMs = Number.NEGATIVE_INFINITY;
  private sizeOfNext = superfluousMin;

  constructor(packed: PackedDeadlines) {
    this.packed = packed;
  }

  get size(): number {
    return this.heap.length;
  }

  add(key: string, atMs: number): void {
    this.heap.push({ atMs, key });
    this.rise(this.heap.length - 1);
  }

  /** The aggregate is packed no longer: what its entry said stands here from now on, if it does not already. */
  unpacked(key: string, atMs: number): void {
    if (atMs > this.nearUntilMs) this.add(key, atMs);
  }

  /** Forgets what is found where it is packed, now and then: after aggregates were packed. */
  forgetPacked(): void {
    if (this.heap.length < this.sizeOfNext) return;
    this.heap = this.heap.filter(({ atMs, key }) => atMs <= this.nearUntilMs || this.packed.isLoose(key));
    for (let at = (this.heap.length >> 1) - 1; at >= 0; at -= 1) this.sink(at);
    this.sizeOfNext = Math.max(superfluousMin, 2 * this.heap.length);
  }

  /** The earliest that is due at `nowMs`; null if none is. */
  earliest(nowMs: number): Due | null {
    this.bringNear(nowMs);
    const [first] = this.heap;
    return first && first.atMs <= nowMs ? first : null;
  }

  /** Time of the earliest; Infinity if there is none. */
  nextMs(): number {
    return Math.min(this.heap[0]?.atMs ?? Number.POSITIVE_INFINITY, this.packed.earliestDueMs());
  }

  removeEarliest(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  /** A packed one that is as early as the first here must be beside it before either is given. */
  private bringNear(nowMs: number): void {
    for (;;) {
      const dueMs = this.packed.earliestDueMs();
      if (dueMs > nowMs || dueMs > (this.heap[0]?.atMs ?? Number.POSITIVE_INFINITY)) return;
      const untilMs = dueMs + nearMs;
      this.packed.tellDue(untilMs, (key, atMs) => this.add(key, atMs));
      this.nearUntilMs = Math.max(this.nearUntilMs, untilMs);
    }
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.swapIfEarlier(at, above)) return;
      at = above;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const below = right < this.heap.length && this.isEarlier(right, left) ? right : left;
      if (below >= this.heap.length || !this.swapIfEarlier(below, at)) return;
      at = below;
    }
  }

  private swapIfEarlier(a: number, b: number): boolean {
    if (!this.isEarlier(a, b)) return false;
    const [first, second] = [this.heap[a], this.heap[b]];
    if (first === undefined || second === undefined) return false;
    this.heap[a] = second;
    this.heap[b] = first;
    return true;
  }

  private isEarlier(a: number, b: number): boolean {
    const [first, second] = [this.heap[a], this.heap[b]];
    if (first === undefined || second === undefined) return false;
    return first.atMs < second.atMs || (first.atMs === second.atMs && first.key < second.key);
  }
}
