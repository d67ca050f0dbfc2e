import { parentPort } from 'node:worker_threads';
import { runSeed } from './mutate-seed.ts';

/** A thread of `mutate-topics.ts`: a seed in, its report out; null ends it. */
parentPort?.on('message', (task: { readonly seed: number; readonly records: number } | null) => {
  if (task === null) parentPort?.close();
  else parentPort?.postMessage(runSeed(task.seed, task.records));
});
