import type { Clock, Timer } from '../../../infra/clients/clock.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * Virtual time. Nothing happens but through it: it fires what is due, one at a time, in order of time and then
 * of request, and lets every promise settle in between. So a run is the same each time.
 */
export class ModelClock implements Clock {
  private now = 1_700_000_000_000;
  private order = 0;
  private due: Due[] = [];

  nowMs(): number {
    return this.now;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    this.order += 1;
    const entry: Due = { atMs: this.now + Math.max(0, Math.floor(delayMs)), order: this.order, fire };
    let at = this.due.length;
    while (at > 0 && isAfter(this.due[at - 1], entry)) at -= 1;
    this.due.splice(at, 0, entry);
    return {
      cancel: () => {
        this.due = this.due.filter((other) => other !== entry);
      },
    };
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const endMs = this.now + Math.floor(ms);
    await settle();
    while (this.due[0] && this.due[0].atMs <= endMs) await this.step();
    this.now = endMs;
  }

  /** Lets time pass until the condition holds; throws with `what` after `withinMs`. */
  async until(what: string, holds: () => boolean, withinMs = 60_000): Promise<void> {
    const endMs = this.now + withinMs;
    await settle();
    while (!holds()) {
      if (!this.due[0] || this.due[0].atMs > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
      await this.step();
    }
  }

  private async step(): Promise<void> {
    const next = this.due.shift();
    if (!next) return;
    this.now = Math.max(this.now, next.atMs);
    next.fire();
    await settle();
  }
}

const isAfter = (a: Due | undefined, b: Due): boolean =>
  a !== undefined && (a.atMs > b.atMs || (a.atMs === b.atMs && a.order > b.order));

/** Runs every promise reaction that is ready, and those they make ready. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
