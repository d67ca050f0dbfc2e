import { Problem } from './problem.ts';

/** What the loop may lag (reliability §7). */
const loopLagMaxMs = 100;
/** A lag that stands so long is a queue; a shorter one is a pause, after which everything is answered, … */
const standingMs = 300;
/** … and so is one that so few looks saw in a row: the process had no core for a while. */
const standingSamples = 3;
const sampleMs = 20;

/**
 * What a request inside waits for. Each lane but the first has a share of the room, so that those who wait for one part
 * of the system leave room to place orders, which wait for Kafka alone (decision 0042):
 * `commands` an append; `actions` the view, before theirs; `reads` the view; `reports` ClickHouse; `webhooks` bytes that
 * nobody has authenticated yet.
 */
export type Lane = 'commands' | 'actions' | 'reads' | 'reports' | 'webhooks';

const shares: Readonly<Record<Lane, number>> = {
  commands: 1,
  actions: 0.25,
  reads: 0.4,
  reports: 0.05,
  webhooks: 0.1,
};

/** Lets requests in while the process can serve them. Holds the count of those inside, in all and by lane. */
export class Admission {
  readonly #inFlightMax: number;
  #inFlight = 0;
  readonly #inLane: Record<Lane, number> = { commands: 0, actions: 0, reads: 0, reports: 0, webhooks: 0 };
  #draining = false;
  #sampledAtMs = performance.now();
  #lateSinceMs = 0;
  /** In a row. */
  #lateSamples = 0;
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
  enter(lane: Lane = 'commands'): () => void {
    if (this.#draining) {
      const detail = 'This instance cannot go on; nothing was done. Send the request again.';
      throw new Problem('unavailable', { detail, headers: { Connection: 'close' } });
    }
    if (this.#inFlight >= this.#inFlightMax || this.#isFull(lane) || this.#isLate())
      throw new Problem('overloaded');
    this.#inFlight += 1;
    this.#inLane[lane] += 1;
    return () => {
      this.#inFlight -= 1;
      this.#inLane[lane] -= 1;
    };
  }

  /** From now on nobody is let in. */
  drain(): void {
    this.#draining = true;
  }

  close(): void {
    clearInterval(this.#sampler);
  }

  #isFull(lane: Lane): boolean {
    return this.#inLane[lane] >= Math.max(1, Math.floor(this.#inFlightMax * shares[lane]));
  }

  #isLate(): boolean {
    return this.#lateSamples >= standingSamples && performance.now() - this.#lateSinceMs > standingMs;
  }

  #sample(): void {
    const nowMs = performance.now();
    const isLate = nowMs - this.#sampledAtMs - sampleMs > loopLagMaxMs;
    if (isLate && this.#lateSamples === 0) this.#lateSinceMs = nowMs;
    this.#lateSamples = isLate ? this.#lateSamples + 1 : 0;
    this.#sampledAtMs = nowMs;
  }
}
