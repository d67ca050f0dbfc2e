/** Time as the runtime and the payments worker ask for it, so that a simulator or a test can move it by hand. */
export interface Clock {
  /** Milliseconds since 1970 by this machine; never an input of a decision, only a guard and a measure. */
  nowMs(): number;
  /** Calls `fire` once, not before `delayMs` have passed. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The machine's clock and timers. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs`, or as soon as the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      signal.removeEventListener('abort', done);
      timer.cancel();
      resolve();
    };
    const timer = clock.setTimer(delayMs, done);
    signal.addEventListener('abort', done);
  });
}
