import { defineConfig } from 'vitest/config';
import { plantingPlugin } from './infra/mutants/planting-plugin.ts';

/** `npm run mutants` names the mutant that the tests are to fail on. */
const mutant = process.env['MILLRACE_MUTANT'];
const plugins = mutant === undefined ? [] : [plantingPlugin(mutant)];

/** One project a suffix (CONTRIBUTING.md): `unit` has no I/O, `int` needs one real engine, `e2e` the whole stack. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', '.millrace/**', '**/*.int.test.ts', '**/*.e2e.test.ts'],
          maxWorkers: '100%', // the default leaves a core to an editor
        },
      },
      {
        plugins,
        test: {
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: ['node_modules/**', '.millrace/**'],
          globalSetup: ['infra/local/engines-for-tests.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        plugins,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: ['node_modules/**', '.millrace/**'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
