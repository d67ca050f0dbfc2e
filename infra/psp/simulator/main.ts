import { parseArgs } from 'node:util';
import { runRole } from '../../clients/run-role.ts';
import { type SimulatorChoices, startSimulator } from './start.ts';

const usage =
  'usage: main.ts [--seed <whole number>] [--latency-ms <min>-<max>] [--key-ttl-ms <whole number>] [--forget-errors]';

runRole('psp', startSimulator(readFlags()));

/** Exits with 2 on a flag that is not one. */
function readFlags(): SimulatorChoices {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        'latency-ms': { type: 'string', default: '5-25' },
        'key-ttl-ms': { type: 'string' },
        'forget-errors': { type: 'boolean', default: false },
      },
    });
    const { seed, 'latency-ms': latency, 'key-ttl-ms': keyTtl = '', 'forget-errors': forgetsErrors } = values;
    const [, minMs = '', maxMs = ''] = /^(\d{1,6})-(\d{1,6})$/.exec(latency) ?? [];
    const isValid =
      /^\d{1,9}$/.test(seed) && minMs !== '' && Number(minMs) <= Number(maxMs) && /^\d{0,12}$/.test(keyTtl);
    if (!isValid) throw new TypeError(`--seed ${seed} --latency-ms ${latency} --key-ttl-ms ${keyTtl}`);
    return {
      seed: Number(seed),
      latency: { minMs: Number(minMs), maxMs: Number(maxMs) },
      keyTtlMs: keyTtl === '' ? Number.POSITIVE_INFINITY : Number(keyTtl),
      keepsErrors: !forgetsErrors,
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return process.exit(2);
  }
}
