import { parseArgs } from 'node:util';
import { runRole } from '../../clients/run-role.ts';
import { startSimulator } from './start.ts';

const usage = 'usage: main.ts [--seed <whole number>] [--latency-ms <min>-<max>]';

const { seed, latency } = readFlags();
runRole('psp', startSimulator({ seed, latency }));

/** Exits with 2 on a flag that is not one. */
function readFlags() {
  try {
    const { values } = parseArgs({
      options: { seed: { type: 'string', default: '1' }, 'latency-ms': { type: 'string', default: '5-25' } },
    });
    const [, minMs = '', maxMs = ''] = /^(\d{1,6})-(\d{1,6})$/.exec(values['latency-ms']) ?? [];
    const isValid = /^\d{1,9}$/.test(values.seed) && minMs !== '' && Number(minMs) <= Number(maxMs);
    if (!isValid) throw new TypeError(`--seed ${values.seed} --latency-ms ${values['latency-ms']}`);
    return { seed: Number(values.seed), latency: { minMs: Number(minMs), maxMs: Number(maxMs) } };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return process.exit(2);
  }
}
