import { Problem } from './problem.ts';

/** What the loop may lag before requests are shed (reliability §7). */
const loopLagMaxMs = 100;
const sampleMs = 20;

/** Lets requests in while the process can serve them. Holds the count of those inside. */
export class Admission {
  readonly #inFlightMax: number;
  #inFlight = 0;
  #draining = false;
  #lagMs = 0;
  #sampledAtMs = performance.now();
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
      const detail = 'This instance is shutting down; nothing was done. Send the request again.';
      throw new Problem('unavailable', { detail, headers: { Connection: 'close' } });
    }
    if (this.#inFlight >= this.#inFlightMax || this.#lagMs > loopLagMaxMs) throw new Problem('overloaded');
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

  #sample(): void {
    const nowMs = performance.now();
    this.#lagMs = nowMs - this.#sampledAtMs - sampleMs;
    this.#sampledAtMs = nowMs;
  }
}
