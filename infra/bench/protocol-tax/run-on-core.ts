import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { childEnvironment } from '../../config/environment.ts';
import type { TaxBlock, TaxBlockResult } from './tax-block.ts';

const program = new URL('./tax-block.ts', import.meta.url).pathname;

/** A JVM on one core would start fewer threads than it has in production. */
const jvmAsUsual = { JAVA_TOOL_OPTIONS: `-XX:ActiveProcessorCount=${cpus().length}` };

/**
 * Runs a block with all its engines on one core (`taskset`, util-linux). Rejects if the block is void, or there is no
 * `taskset`.
 */
export function runOnCore(core: number, block: TaxBlock): Promise<TaxBlockResult> {
  const child = spawn('taskset', ['--cpu-list', String(core), process.execPath, program], {
    env: childEnvironment(jvmAsUsual),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('spawn', () => child.send(block));
    child.once('message', (result) => resolve(result as TaxBlockResult));
    child.once('exit', (code) => reject(new Error(`a block on core ${core} ended with ${code}`)));
  });
}
