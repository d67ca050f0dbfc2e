import type { LiveState } from './live-state.ts';

/** Whom a question tells what it has learned. */
export type Watcher = (state: LiveState) => void;

/** A question takes this part of its time at most: one that takes long is asked more seldom. */
const restTimes = 4;

/**
 * One question for all who watch the same resource with the same rights: asked while somebody watches, again `everyMs`
 * after each answer, never beside itself. `ask` does not throw: what goes wrong is a state too.
 */
export class LiveQuestion {
  readonly #ask: () => Promise<LiveState>;
  readonly #everyMs: number;
  readonly #onIdle: () => void;
  readonly #watchers = new Set<Watcher>();
  #last: LiveState | null = null;
  #isUnderWay = false;
  #timer: NodeJS.Timeout | undefined;

  /** `onIdle`: nobody watches and no answer is awaited; nothing of it is needed any more. */
  constructor(ask: () => Promise<LiveState>, everyMs: number, onIdle: () => void) {
    this.#ask = ask;
    this.#everyMs = everyMs;
    this.#onIdle = onIdle;
  }

  /** Tells the state at once where it is known, then each time it has changed. Leave by calling what it gives. */
  watch(watcher: Watcher): () => void {
    const own: Watcher = (state) => watcher(state); // the same function may watch twice
    this.#watchers.add(own);
    if (this.#last) own(this.#last);
    if (!this.#isUnderWay && this.#timer === undefined) void this.#turn();
    return () => {
      if (this.#watchers.delete(own) && this.#watchers.size === 0) this.#rest();
    };
  }

  async #turn(): Promise<void> {
    this.#timer = undefined;
    this.#isUnderWay = true;
    const beganMs = performance.now();
    const state = await this.#ask();
    this.#isUnderWay = false;
    const isNew = state.tag !== this.#last?.tag;
    this.#last = state; // where nothing changed too: whoever comes gets the newest words
    if (isNew) for (const watcher of this.#watchers) watcher(state);
    if (this.#watchers.size === 0) return this.#rest();
    const pauseMs = Math.max(this.#everyMs, restTimes * (performance.now() - beganMs));
    this.#timer = setTimeout(() => void this.#turn(), pauseMs).unref();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isUnderWay) this.#onIdle();
  }
}
