/** How long one turn of the loop begins requests, ms: the shorter, the sooner it reads, accepts and answers again. */
const sliceMs = 2;
/**
 * While connections come, so many turns only read and accept between those that begin requests. A connection that waits
 * to be accepted is a client who is told nothing, so that this goes faster than requests are served: they wait here then.
 */
const acceptingTurns = 32;
/**
 * A turn with a TLS handshake is far longer than one without: they have an end in time as well, ms. What was begun goes
 * on in these turns, and takes several times what it took to begin it: a shorter end lets in one turn's connections.
 */
const acceptingMs = 10 * sliceMs;
/** Of the time since it was last done, so much is for telling 503, … */
const refusedShare = 1 / 4;
/** … at the most, ms: after an hour without, a quarter of it would be one long turn. */
const refusingMaxMs = 10 * sliceMs;
/** Who waits longer than this shows that the process does not keep up, ms, … */
const targetMs = 50;
/** … if the queue has not been empty for so long, ms: a burst is served, what stays is refused (as in RFC 8289 §3), … */
const standingMs = 300;
/** … and has outlived so many turns that serve: who waited while the process got no core says nothing of what comes next. */
const standingTurns = 3;

/**
 * `first`: callers who are known by their credential. `behind`: one of them a turn, more only when nobody else waits.
 * `refused`: who came while the queue stood, to be told so. They have a share of their own of each turn: told where they
 * are read, who comes again at once would fill each turn, and whoever still waits to be accepted gets in by one a turn.
 * `late`: who was too slow, to be turned away, a slice in turns that begin requests: he comes again at once, and costs
 * the others more each time.
 */
export type QueueLane = 'first' | 'behind' | 'refused' | 'late';

interface Waiting {
  readonly sinceMs: number;
  readonly begin: () => void;
}

export interface QueueParts {
  /** ms, monotonic. */
  readonly nowMs?: () => number;
  /** Calls back behind the reads of this turn of the loop, or in the next one if they are over. */
  readonly afterReads?: (run: () => void) => void;
}

/**
 * Requests whose head was read and that nobody has begun to serve. Without it a turn of the loop serves all that is
 * ready; libuv accepts one connection a turn (since 1.45), so that the next ones wait in the queue of the port, where
 * nobody sees them, for as many turns as there are before them (decision 0044).
 */
export class RequestQueue {
  readonly #lanes: Readonly<Record<QueueLane, Waiting[]>> = { first: [], behind: [], refused: [], late: [] };
  readonly #nowMs: () => number;
  readonly #afterReads: (run: () => void) => void;
  #isScheduled = false;
  #isAccepting = false;
  #turnsForAccepting = 0;
  #acceptsUntilMs = 0;
  #notEmptySinceMs = 0;
  #turnsNotEmpty = 0;
  #refusedMs = 0;

  constructor({ nowMs = () => performance.now(), afterReads = setImmediate }: QueueParts = {}) {
    this.#nowMs = nowMs;
    this.#afterReads = afterReads;
  }

  /** Whether the lane `first` has more than the process keeps up with: who comes now is to be refused. */
  get isStanding(): boolean {
    const [oldest] = this.#lanes.first;
    if (!oldest || this.#turnsNotEmpty < standingTurns) return false;
    const nowMs = this.#nowMs();
    return nowMs - oldest.sinceMs > targetMs && nowMs - this.#notEmptySinceMs > standingMs;
  }

  /** `begin` is called once, in the order of its lane. */
  push(lane: QueueLane, begin: () => void): void {
    const sinceMs = this.#nowMs();
    if (lane === 'first' && this.#lanes.first.length === 0) this.#notEmptySinceMs = sinceMs;
    this.#lanes[lane].push({ sinceMs, begin });
    this.#schedule();
  }

  /** A connection was accepted: the next may wait behind it. */
  accepted(): void {
    this.#isAccepting = true;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#afterReads(() => {
      this.#isScheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const isAccepting = this.#isAccepting;
    this.#isAccepting = false;
    if (isAccepting && this.#turnsForAccepting > 0 && this.#nowMs() < this.#acceptsUntilMs) {
      this.#turnsForAccepting -= 1;
      this.#refuse();
      return this.#schedule();
    }
    this.#turnsForAccepting = acceptingTurns;
    const { first, behind, refused, late } = this.#lanes;
    const endMs = this.#nowMs() + sliceMs;
    first.shift()?.begin();
    behind.shift()?.begin();
    for (const lane of [first, behind]) this.#beginUntil(endMs, lane);
    this.#refuse();
    this.#turnsNotEmpty = first.length === 0 ? 0 : this.#turnsNotEmpty + 1;
    this.#beginUntil(this.#nowMs() + sliceMs, late);
    this.#acceptsUntilMs = this.#nowMs() + acceptingMs;
    if (first.length + behind.length + refused.length + late.length > 0) this.#schedule();
  }

  /** A turn may last for hundreds of reads: a slice alone would let those who are told fall behind those who come. */
  #refuse(): void {
    const nowMs = this.#nowMs();
    const shareMs = Math.max(sliceMs, (nowMs - this.#refusedMs) * refusedShare);
    this.#beginUntil(nowMs + Math.min(shareMs, refusingMaxMs), this.#lanes.refused);
    this.#refusedMs = this.#nowMs();
  }

  #beginUntil(endMs: number, lane: Waiting[]): void {
    while (lane.length > 0 && this.#nowMs() < endMs) lane.shift()?.begin();
  }
}
