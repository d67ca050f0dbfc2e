import os from 'node:os';
import { defineConfig } from 'vitest/config';
import { FileOrder } from './infra/local/file-order.ts';
import { plantingPlugin } from './infra/mutants/planting-plugin.ts';

/** `npm run mutants` names the mutant that the tests are to fail on. */
const mutant = process.env['MILLRACE_MUTANT'];
const plugins = mutant === undefined ? [] : [plantingPlugin(mutant)];

/** How long `expect.poll` waits for a page or an engine of a busy machine, ms; the default, 1 s, would be a measurement. */
const patient = { poll: { timeout: 90_000 } };
/** A failure's one line holds what was found, and not that it was an array of so many. */
const chaiConfig = { truncateThreshold: 400 };
/** A stack needs 3 GB free at its start, chaos 1 more for its disk, a set of engines less, and the simulation has its own beside them. */
const filesAtOnce = os.totalmem() > 12 * 1024 ** 3 ? 2 : 1;

/** One project a suffix (CONTRIBUTING.md): `unit` has no I/O, `int` needs one real engine, `e2e` the whole stack. */
export default defineConfig({
  test: {
    sequence: { sequencer: FileOrder },
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          chaiConfig,
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', '.millrace/**', '**/*.int.test.ts', '**/*.e2e.test.ts'],
          maxWorkers: '100%', // the default leaves a core to an editor
          isolate: false, // files of a worker share its modules: no state is theirs, and loading them anew took half the time
        },
      },
      {
        plugins,
        test: {
          name: 'int',
          chaiConfig,
          include: ['**/*.int.test.ts'],
          exclude: ['node_modules/**', '.millrace/**'],
          globalSetup: ['infra/local/engines-for-tests.ts'],
          expect: patient,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: filesAtOnce, // each with engines of its own
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins,
        test: {
          name: 'e2e',
          chaiConfig,
          include: ['**/*.e2e.test.ts'],
          exclude: ['node_modules/**', '.millrace/**'],
          expect: patient,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
