import { inject } from 'vitest';
import type { EngineAddresses } from '../start-engines.ts';

/**
 * The real engines of this test file: each worker of vitest has a set of its own, which its files use one after another.
 * Topics, databases and consumer groups of the files before it are still there. Throws RangeError in a project without.
 */
export function testEngines(): EngineAddresses {
  const worker = Number(process.env['VITEST_POOL_ID']);
  const engines = inject('engineSets')[worker - 1];
  if (engines === undefined) throw new RangeError(`no engines were started for worker ${worker}`);
  return engines;
}
