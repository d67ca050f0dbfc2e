import type { Claimed } from './claims.ts';

const tickMs = 250;
/** A claim is renewed after so many ticks of being held, then after as many again: 500 ms, several times in a lease. */
const renewEveryTicks = 2;

/** Renews the claims of requests that still wait for the log: one timer for all, since most have their answer before. */
export class Renewals {
  readonly #renew: (claimed: Claimed) => void;
  /** How many ticks each has been held. */
  readonly #held = new Map<Claimed, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(renew: (claimed: Claimed) => void) {
    this.#renew = renew;
  }

  /** From now on the claim is renewed, until the caller calls what it gets. */
  hold(claimed: Claimed): () => void {
    this.#held.set(claimed, 0);
    this.#timer ??= setInterval(() => this.#tick(), tickMs).unref();
    return () => void this.#held.delete(claimed);
  }

  #tick(): void {
    for (const [claimed, ticks] of this.#held) {
      this.#held.set(claimed, ticks + 1);
      if ((ticks + 1) % renewEveryTicks === 0) this.#renew(claimed);
    }
    if (this.#held.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
