import type { TestProject } from 'vitest/node';
import { type EngineAddresses, startEngines } from './start-engines.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The engines of this test run. */
    engines: EngineAddresses;
  }
}

/** vitest's globalSetup: the engines of a run, whose addresses a test gets with `inject('engines')`. */
export default async function startEnginesForTests(project: TestProject): Promise<() => Promise<void>> {
  const engines = await startEngines((text) => void process.stderr.write(`${text}\n`));
  project.provide('engines', engines.addresses);
  return () => engines.stop();
}
