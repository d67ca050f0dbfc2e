import type { RunningProcess } from './engine-process.ts';

export type SupervisedState = 'starting' | 'running' | 'waiting' | 'stopped';

export interface Supervised {
  readonly name: string;
  state(): SupervisedState;
  pid(): number | undefined;
  restarts(): number;
  /** How it last ended by itself. */
  lastExit(): string | undefined;
  /** Ends it for good; waits until it is gone. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  readonly name: string;
  /** The process that runs already, if one does. */
  readonly first?: RunningProcess;
  readonly start: () => RunningProcess | Promise<RunningProcess>;
  /** One line for each thing that happens. */
  readonly onEvent: (text: string) => void;
}

const firstBackOffMs = 100;
const longestBackOffMs = 5_000;
const healthyMs = 30_000;

/** How long to wait before the next start: 100 ms doubling to 5 s, from the beginning again after 30 healthy seconds. */
export function nextBackOffMs(lastMs: number | undefined, ranForMs: number): number {
  if (lastMs === undefined || ranForMs >= healthyMs) return firstBackOffMs;
  return Math.min(lastMs * 2, longestBackOffMs);
}

/** Keeps one process running until `stop`: whenever it ends, by itself or by a failed start, it is started again after a back-off. */
export function supervise({ name, first, start, onEvent }: SuperviseOptions): Supervised {
  let state: SupervisedState = 'starting';
  let current = first;
  let restarts = 0;
  let lastExit: string | undefined;
  const stopping = new AbortController();
  let wake: () => void = () => undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const runOnce = async (): Promise<string> => {
    try {
      current ??= await start();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    state = 'running';
    if (stopping.signal.aborted) await current.stop(); // it was being started when the stop came
    const how = await current.exited;
    current = undefined;
    return how;
  };

  const keepRunning = async (): Promise<void> => {
    let backOffMs: number | undefined;
    while (!stopping.signal.aborted) {
      state = 'starting';
      const startedMs = performance.now();
      lastExit = await runOnce();
      if (stopping.signal.aborted) break;
      backOffMs = nextBackOffMs(backOffMs, performance.now() - startedMs);
      onEvent(`${name} ended (${lastExit}); it starts again in ${backOffMs} ms`);
      state = 'waiting';
      await pause(backOffMs);
      restarts += 1;
    }
    state = 'stopped';
  };
  const done = keepRunning();

  return {
    name,
    state: () => state,
    pid: () => current?.pid,
    restarts: () => restarts,
    lastExit: () => lastExit,
    stop: async () => {
      stopping.abort();
      wake();
      await current?.stop();
      await done;
    },
  };
}
