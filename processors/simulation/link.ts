import type { SimProcess } from './sim-process.ts';

/** How bad a way over the network is; every share is 0 to 1, and all of them 0 is calm. */
export interface LinkFaults {
  /** Never arrives; the caller hears nothing. */
  requestLost: number;
  /** Takes effect; the caller hears nothing. */
  answerLost: number;
  /** Takes effect only after the caller has given up. */
  late: number;
  /** Takes effect twice; the caller hears of one of the two. */
  twice: number;
  /** The connection breaks, before or after it took effect, and the caller hears that at once. */
  reset: number;
  /** A single way takes up to this long, ms. */
  wayMs: number;
  /** A late request arrives up to this long after the caller gave up, ms. */
  lateMs: number;
}

export const calmLink: Readonly<LinkFaults> = {
  requestLost: 0,
  answerLost: 0,
  late: 0,
  twice: 0,
  reset: 0,
  wayMs: 2,
  lateMs: 0,
};

/** The simulated parts that a process calls. */
export type Part = 'log' | 'store' | 'table' | 'provider';

/** One connection of a process to a part: what is sent on it arrives in order, unless it is late or doubled. */
export interface Link {
  readonly caller: SimProcess;
  readonly to: Part;
  /** Shared by all links of the part, and changed while the world runs: storms, healing. */
  readonly faults: LinkFaults;
  /** When the caller gives up an unanswered request, ms. */
  readonly timeoutMs: number;
  /** What the caller's promise is rejected with when its request comes to nothing it knows. */
  readonly lost: (why: 'timeout' | 'reset') => unknown;
  /** Arrival of the last request in order; the scheduler's own. */
  lastArrivalMs: number;
}

export function createLink(link: Omit<Link, 'lastArrivalMs'>): Link {
  return { ...link, lastArrivalMs: 0 };
}
