import { parseArgs } from 'node:util';
import { readyStack } from '../cli/local-stack.ts';
import { runContract } from './run-contract.ts';

/** `npm run contract [-- --examples 50 --seed 1]`: asks the running local stack (`npx millrace up`) all its document allows and forbids. */
const { values } = parseArgs({ options: { examples: { type: 'string' }, seed: { type: 'string' } } });
const { summary } = await readyStack({});
const runs = await runContract({
  api: summary.api,
  keys: summary.keys,
  examplesMax: Number(values.examples ?? 20),
  seed: Number(values.seed ?? 1),
  progress: (text) => process.stderr.write(`${text}\n`),
});
for (const { stdout, stderr } of runs) process.stdout.write(stdout + stderr);
process.exitCode = runs.every(({ code }) => code === 0) ? 0 : 6; // a check found something (docs/reference/exit-codes.md)
