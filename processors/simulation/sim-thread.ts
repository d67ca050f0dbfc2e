import { parentPort } from 'node:worker_threads';
import { SimCodecs } from './sim-codecs.ts';
import { Reached } from './sometimes.ts';
import { runSeeds, type SeedRange, type SuiteCounts } from './suite.ts';

/** What a thread answers for each range of seeds it is given. */
export interface ThreadAnswer extends SuiteCounts {
  /** What the range reached, by name. */
  readonly reached: ReadonlyMap<string, number>;
}

// Errors are outcomes here, thousands of them; who wants to see a stack runs the seed by itself.
Error.stackTraceLimit = 0;
// Records are a hundred bytes: cut from slabs of a megabyte, not of 8 KB, fewer of them are to be freed.
Buffer.poolSize = 1_048_576;

const codecs = new SimCodecs();
const port = parentPort;
if (port === null) throw new Error('this file is a worker thread of the simulator');

// A rejection nobody handles is a bug of the code under test: it must end the run, whatever seed it belongs to.
process.on('unhandledRejection', (error) => {
  throw error;
});

port.on('message', (range: SeedRange) => {
  const reached = new Reached();
  void runSeeds(range, reached, codecs).then((counts) => {
    const answer: ThreadAnswer = { ...counts, reached: reached.counts };
    port.postMessage(answer, []);
  });
});
