import type { Scheduler } from '../scheduler.ts';

/** Lets virtual time run by itself, so that a contract suite may wait for a simulated part as it waits for a real one. */
export function drive(scheduler: Scheduler): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const isStopped = (): boolean => stopping.signal.aborted;
  const run = async (): Promise<void> => {
    while (!isStopped()) await scheduler.runUntil(isStopped, turnMs);
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

/** Of virtual time; as long as nothing is due, each takes one turn of the loop. */
const turnMs = 20;
