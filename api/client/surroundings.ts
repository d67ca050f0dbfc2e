/** What a call needs of its surroundings; tests bring their own. */
export interface Surroundings {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Resolves after `ms`, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  /** A clock that only goes forward, ms. */
  readonly nowMs: () => number;
}

/** A browser's, Node's. */
export const platform: Surroundings = {
  fetch: (url, init) => globalThis.fetch(url, init),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    }),
  random: Math.random,
  nowMs: () => performance.now(),
};

/** Waits for `work`, and aborts `over` when it takes longer than `ms`: whoever does the work listens to that. */
export async function limited<T>(
  ms: number,
  over: AbortController,
  { wait }: Surroundings,
  work: () => Promise<T>,
): Promise<T> {
  const settled = new AbortController();
  void wait(ms, settled.signal).then(() => {
    if (!settled.signal.aborted) over.abort();
  });
  try {
    return await work();
  } finally {
    settled.abort();
  }
}
