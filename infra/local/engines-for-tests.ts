import type { TestProject } from 'vitest/node';
import { kafkaJars } from './kafka/kafka-jars.ts';
import { redisServer } from './redis-program.ts';
import { type EngineAddresses, startEngines } from './start-engines.ts';
import { registryProgram } from './start-registry.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The engines of each worker; a test has its own from `testEngines()`. */
    engineSets: readonly EngineAddresses[];
  }
}

/**
 * vitest's globalSetup: a set of engines for each worker, so that files which run at the same time share no topic,
 * database or consumer group. Throws `SetupError`; then none is left.
 */
export default async function startEnginesForTests(project: TestProject): Promise<() => Promise<void>> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  // before the sets, which start at once: what is not on the machine yet is fetched for all of them
  await Promise.all([kafkaJars(say), registryProgram(say), redisServer(say)]);
  const workers = Array.from({ length: project.config.maxWorkers });
  const starts = await Promise.allSettled(workers.map(() => startEngines(say)));
  const sets = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => void (await Promise.all(sets.map((set) => set.stop())));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  project.provide(
    'engineSets',
    sets.map(({ addresses }) => addresses),
  );
  return stop;
}
