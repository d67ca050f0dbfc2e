import type { Principal } from '../auth/store-directory.ts';
import type { EventStreamAnswer } from './event-stream.ts';
import { Problem } from './problem.ts';

export interface StreamLimits {
  /** Of a process, of every kind. */
  readonly streamsMax: number;
  /** Of one store, its visitors' too: it leaves room for the others. */
  readonly ofStoreMax: number;
  /** Of one key; the visitors of its shop together have as many beside. */
  readonly ofKeyMax: number;
  readonly ofVisitorMax: number;
  /** A stream is ended after so long, ms; its reader comes again by itself and shows his credential anew. */
  readonly longestMs: number;
}

export const streamLimits: StreamLimits = {
  streamsMax: 2_000,
  ofStoreMax: 1_000,
  ofKeyMax: 500,
  ofVisitorMax: 8,
  longestMs: 3_600_000,
};

type Stream = Pick<EventStreamAnswer, 'end' | 'onClose'>;

interface Opened {
  readonly caller: Principal;
  readonly atMs: number;
}

/** The event streams a process has open, each with whom it was opened for. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #nowMs: () => number;
  readonly #streams = new Map<Stream, Opened>();
  readonly #opening = new Set<Pick<Opened, 'caller'>>();

  /** `nowMs`: a clock that only goes forward. */
  constructor(limits: StreamLimits = streamLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Streams that are open, and those that are being opened. */
  get size(): number {
    return this.#streams.size + this.#opening.size;
  }

  /**
   * Keeps room for a stream until it is added, or is not to be; the caller calls what it gets once that is known. Throws
   * `overloaded` where the process has no room, `rate-limited` where the caller has his share.
   */
  reserve(caller: Principal): () => void {
    this.#refuseTooMany(caller);
    const place = { caller };
    this.#opening.add(place);
    return () => void this.#opening.delete(place);
  }

  /** Knows the stream until it closes. */
  add(stream: Stream, caller: Principal): void {
    this.#streams.set(stream, { caller, atMs: this.#nowMs() });
    stream.onClose(() => this.#streams.delete(stream));
  }

  /** Ends the streams of callers who would not be let in again just so, and those that are open for the longest time. */
  endUnless(isCurrent: (caller: Principal) => boolean): void {
    const oldestMs = this.#nowMs() - this.#limits.longestMs;
    for (const [stream, { caller, atMs }] of this.#streams)
      if (atMs <= oldestMs || !isCurrent(caller)) stream.end();
  }

  endAll(): void {
    this.endUnless(() => false);
  }

  #refuseTooMany(caller: Principal): void {
    const { streamsMax, ofStoreMax, ofKeyMax, ofVisitorMax } = this.#limits;
    if (this.size >= streamsMax) throw new Problem('overloaded');
    const isVisitor = caller.customerId !== undefined;
    const isOfKey = (one: Principal): boolean =>
      one.keyId === caller.keyId && (one.customerId !== undefined) === isVisitor;
    const isOfVisitor = (one: Principal): boolean => isOfKey(one) && one.customerId === caller.customerId;
    if (isVisitor) this.#refuseMore('visitor of the shop', ofVisitorMax, isOfVisitor);
    this.#refuseMore(isVisitor ? "shop's visitors" : 'key', ofKeyMax, isOfKey);
    this.#refuseMore('store', ofStoreMax, ({ store }) => store === caller.store);
  }

  #refuseMore(whose: string, most: number, isOf: (caller: Principal) => boolean): void {
    const open = [...this.#streams.values(), ...this.#opening].filter(({ caller }) => isOf(caller)).length;
    if (open < most) return;
    throw new Problem('rate-limited', {
      detail: `At most ${most} event streams of one ${whose} are open at once. Close those that nobody reads; a plain GET is answered meanwhile.`,
      retryAfterSeconds: 5,
    });
  }
}
