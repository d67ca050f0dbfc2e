import type { Timer } from '../../infra/clients/clock.ts';

/** What an event answers that reached no process and settled no promise: nobody has anything to do before the next. */
export const quiet = Symbol('quiet');
/** Whatever else is answered counts for nothing. */
export type Act = () => unknown;

/** Something that is to happen; `act` is null once it was cancelled. */
export class ScheduledEvent implements Timer {
  readonly atMs: number;
  /** Of the request: what is due at one time happens in the order it was asked for. */
  readonly order: number;
  act: Act | null;

  constructor(atMs: number, order: number, act: Act) {
    this.atMs = atMs;
    this.order = order;
    this.act = act;
  }

  cancel(): void {
    this.act = null;
  }
}

/** What is to happen, by time: a binary heap, for a run has ten thousands of events. */
export class EventHeap {
  private readonly heap: ScheduledEvent[] = [];
  private order = 0;

  add(atMs: number, act: Act): ScheduledEvent {
    this.order += 1;
    const event = new ScheduledEvent(atMs, this.order, act);
    this.rise(event);
    return event;
  }

  /** The next event that was not cancelled, if it is due by `untilMs`; it is out of the heap then. */
  take(untilMs: number): ScheduledEvent | null {
    for (;;) {
      const first = this.heap[0];
      if (first === undefined) return null;
      if (first.act !== null && first.atMs > untilMs) return null;
      const last = this.heap.pop();
      if (last !== undefined && this.heap.length > 0) this.sink(last);
      if (first.act !== null) return first;
    }
  }

  private rise(event: ScheduledEvent): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  private sink(event: ScheduledEvent): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      const other = heap[below + 1];
      if (child === undefined) break;
      if (other !== undefined && isBefore(other, child)) {
        below += 1;
        child = other;
      }
      if (isBefore(event, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = event;
  }
}

const isBefore = (a: ScheduledEvent, b: ScheduledEvent): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
