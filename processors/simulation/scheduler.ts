import type { Timer } from '../../infra/clients/clock.ts';
import type { Draws } from './draws.ts';
import { type Act, EventHeap, quiet, type ScheduledEvent } from './event-heap.ts';
import type { Link } from './link.ts';
import type { Reached, RequestFault } from './sometimes.ts';

/** One stream of choices for each cause, so that a change of one leaves the others alone. */
export interface Streams {
  readonly workload: Draws;
  readonly network: Draws;
  readonly faults: Draws;
}

/** Told of each step of a run that somebody wants to follow. */
export type Trace = (atMs: number, what: string) => void;

/** Virtual time begins here, epoch ms. */
export const startOfTimeMs = 1_700_000_000_000;

/**
 * The only mover of the simulated world. It fires what is due, one event at a time, in order of time and then of
 * request, and lets every promise settle in between, unless the event says that it settled none (`quiet`); a port's
 * promise is settled by such an event and by nothing else. How long each way takes and what goes wrong on it is drawn from the run's streams, so a run is the same each
 * time.
 */
export class Scheduler {
  readonly draws: Streams;
  readonly reached: Reached;
  /** Events fired. */
  steps = 0;
  private readonly heap = new EventHeap();
  private readonly trace: Trace | null;
  private now = startOfTimeMs;

  constructor(draws: Streams, reached: Reached, trace: Trace | null = null) {
    this.draws = draws;
    this.reached = reached;
    this.trace = trace;
  }

  /** True time, epoch ms. A process has its own clock (`SimProcess.clock`). */
  nowMs(): number {
    return this.now;
  }

  /** Something that happens in the world, whatever becomes of any process meanwhile. */
  after(delayMs: number, act: Act): Timer {
    return this.heap.add(this.now + Math.max(0, Math.floor(delayMs)), act);
  }

  /** Notes a step for whoever follows the run; `what` is made only then. */
  note(what: () => string): void {
    if (this.trace) this.trace(this.now, what());
  }

  /**
   * One call of a process to a part: `apply` is what the part does, when the request reaches it; what it returns
   * (or throws) is the answer. By the link's faults the request is lost, late, applied twice, its answer lost; then
   * the promise is rejected with `link.lost(…)` once the caller gives up. The caller learns nothing while it is
   * stopped, and nothing ever once it is killed; what it has sent takes effect nevertheless. A part that takes its time
   * returns a promise, which its own events settle: too late for a caller who has given up.
   */
  request<T>(link: Link, apply: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fault = this.faultOf(link);
      if (fault !== null) {
        this.reached.reach(`${link.to} ${fault}`);
        this.note(() => `${link.caller.name} -> ${link.to}: ${fault}`);
      }
      const { faults, caller } = link;
      const giveUp = (why: 'timeout' | 'reset', delayMs: number): void => {
        this.after(delayMs, () => caller.reach(() => reject(link.lost(why))));
      };
      const answer = (settle: () => void): void => {
        this.after(this.way(faults.wayMs), () => caller.reach(settle));
      };
      const answered = (): typeof quiet | void => {
        if (settlementOf(apply, resolve, reject, answer) === 'now') return quiet;
        giveUp('timeout', link.timeoutMs);
      };
      const unheard = (): typeof quiet | void => {
        if (settlementOf(apply, nobody, nobody, nobody) === 'now') return quiet;
      };
      switch (fault) {
        case null:
          this.arrive(link, answered);
          return;
        case 'request-lost':
          giveUp('timeout', link.timeoutMs);
          return;
        case 'answer-lost':
          this.arrive(link, unheard);
          giveUp('timeout', link.timeoutMs);
          return;
        case 'late':
          this.after(link.timeoutMs + this.draws.network.below(faults.lateMs + 1), unheard);
          giveUp('timeout', link.timeoutMs);
          return;
        case 'twice':
          if (this.draws.network.below(2) === 0) {
            this.arrive(link, unheard);
            this.arrive(link, answered);
          } else {
            this.arrive(link, answered);
            this.after(this.draws.network.below(faults.lateMs + 1), unheard);
          }
          return;
        case 'reset':
          if (this.draws.network.below(2) === 0) this.arrive(link, unheard);
          giveUp('reset', this.way(faults.wayMs));
          return;
      }
    });
  }

  /** How long one way takes, ms. */
  way(wayMs: number): number {
    return this.draws.network.below(wayMs + 1);
  }

  /**
   * Fires events until the condition holds; false if it does not within `withinMs` of virtual time or `stepsMax`
   * events, or if nothing is left that could change it.
   */
  async runUntil(
    isOver: () => boolean,
    withinMs: number,
    stepsMax = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const endMs = this.now + withinMs;
    const lastStep = this.steps + stepsMax;
    return new Promise((resolve, reject) => {
      let settled = false;
      const end = (held: boolean): void => {
        settled = true;
        resolve(held);
      };
      const turn = (): void => {
        if (settled) return;
        let isQuiet = true;
        while (isQuiet) {
          if (isOver()) return end(true);
          const next = this.heap.take(endMs);
          if (next === null || this.steps >= lastStep) {
            if (next === null) this.now = Math.max(this.now, Number.isFinite(endMs) ? endMs : this.now);
            return end(false);
          }
          isQuiet = this.fire(next) === quiet;
        }
      };
      // One event that is not quiet for each callback: all microtasks run between two callbacks of a phase of the loop.
      const phase = (): void => {
        try {
          turn();
        } catch (error) {
          settled = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const again = (): void => {
        if (settled) return;
        for (let i = 0; i < eventsAPhase; i += 1) setImmediate(phase);
        setImmediate(again);
      };
      again();
    });
  }

  private fire(event: ScheduledEvent): unknown {
    this.steps += 1;
    if (event.atMs > this.now) this.now = event.atMs;
    return event.act?.();
  }

  private arrive(link: Link, act: Act): void {
    const atMs = Math.max(link.lastArrivalMs, this.now + this.way(link.faults.wayMs));
    link.lastArrivalMs = atMs;
    this.after(atMs - this.now, act);
  }

  private faultOf({ faults }: Link): RequestFault | null {
    const { faults: draws } = this.draws;
    const { requestLost, answerLost, late, twice, reset } = faults;
    const all = requestLost + answerLost + late + twice + reset;
    if (all === 0 || !draws.chance(Math.min(1, all))) return null;
    let at = (draws.below(1_000_000) / 1_000_000) * all;
    if ((at -= requestLost) < 0) return 'request-lost';
    if ((at -= answerLost) < 0) return 'answer-lost';
    if ((at -= late) < 0) return 'late';
    if (at - twice < 0) return 'twice';
    return reset > 0 ? 'reset' : 'twice';
  }
}

const eventsAPhase = 64;

/** The part acts, now; `answer` is told how the caller learns of it, now or when the part has done. */
function settlementOf<T>(
  apply: () => T | Promise<T>,
  resolve: (answer: T) => void,
  reject: (error: unknown) => void,
  answer: (settle: () => void) => void,
): 'now' | 'later' {
  try {
    const done = apply();
    if (done instanceof Promise) {
      done.then(
        (value) => answer(() => resolve(value)),
        (error: unknown) => answer(() => reject(error)),
      );
      return 'later';
    }
    answer(() => resolve(done));
  } catch (error) {
    answer(() => reject(error));
  }
  return 'now';
}

const nobody = (): void => undefined;
