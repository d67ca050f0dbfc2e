interface Due {
  readonly atMs: number;
  readonly key: string;
}

/**
 * Which aggregates fall due when: a heap of (time, key). An entry is a hint: the aggregate itself says when it is
 * due, and one that says otherwise by now is passed over. The order is total, so it is the same after a restart.
 */
export class Deadlines {
  private heap: Due[] = [];

  get size(): number {
    return this.heap.length;
  }

  add(key: string, atMs: number): void {
    this.heap.push({ atMs, key });
    this.rise(this.heap.length - 1);
  }

  /** The earliest that is due at `nowMs`; null if none is. */
  earliest(nowMs: number): Due | null {
    const [first] = this.heap;
    return first && first.atMs <= nowMs ? first : null;
  }

  /** Time of the earliest; Infinity if there is none. */
  nextMs(): number {
    return this.heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  removeEarliest(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
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
