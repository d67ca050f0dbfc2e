import { Problem } from './problem.ts';

/** What the loop may lag (reliability §7). */
const loopLagMaxMs = 100;
/** A lag that stands so long is a queue; a shorter one is a pause, after which everything is answered. */
const standingMs = 300;
const sampleMs = 20;

/** Lets requests in while the process can serve them. Holds the count of those inside. */
export class Admission {
  readonly #inFlightMax: number;
  #inFlight = 0;
  #draining = false;
  #sampledAtMs = performance.now();
  #lateSinceMs: number | null = null;
  readonly #sampler: NodeJS.Timeout;

  constructor(inFlightMax: number) {
    this.#inFlightMax = inFlightMax;
    this.#sampler = setInterval(() => this.#sample(), sampleMs);
    this.#sampler.unref();
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Counts a request in; the caller calls what it gets exactly once. Throws `overloaded` or `unavailable`. */
  enter(): () => void {
    if (this.#draining) {
      const detail = 'This instance cannot go on; nothing was done. Send the request again.';
      throw new Problem('unavailable', { detail, headers: { Connection: 'close' } });
    }
    if (this.#inFlight >= this.#inFlightMax || this.#isLate()) throw new Problem('overloaded');
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
    };
  }

  /** From now on nobody is let in. */
  drain(): void {
    this.#draining = true;
  }

  close(): void {
    clearInterval(this.#sampler);
  }

  #isLate(): boolean {
    return this.#lateSinceMs !== null && performance.now() - this.#lateSinceMs > standingMs;
  }

  #sample(): void {
    const nowMs = performance.now();
    const isLate = nowMs - this.#sampledAtMs - sampleMs > loopLagMaxMs;
    if (!isLate) this.#lateSinceMs = null;
    else this.#lateSinceMs ??= nowMs;
    this.#sampledAtMs = nowMs;
  }
}
