import type { Command } from 'commander';
import { wipeDataFolder } from '../../local/data-folder.ts';
import { lockOwner } from '../../local/launcher-lock.ts';
import { endLeftovers } from '../../local/leftovers.ts';
import { configOfLocalStack } from '../../local/launcher.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';
import { stopLauncher } from '../stop-launcher.ts';

interface DownOptions extends CommonOptions {
  readonly wipe?: boolean;
}

async function bringDown(options: DownOptions): Promise<void> {
  const out = createOutput(options);
  const config = configOfLocalStack(options.set);
  const owner = lockOwner(config.dataDir);
  if (owner?.pid === process.pid)
    throw new CliError('This process is the launcher.', { code: 'conflict', exitCode: exitCodes.conflict });
  if (owner !== undefined) await stopLauncher(config.dataDir, owner, config.shutdownTimeoutMs + 60_000, out);
  const left = await endLeftovers(config.dataDir, config.shutdownTimeoutMs);
  if (left.length > 0) out.say(`ended what a killed launcher had left: ${left.join(', ')}`);
  const stopped = owner !== undefined || left.length > 0;
  const wiped = options.wipe === true && wipeDataFolder(config.dataDir);
  const text = `${stopped ? 'stopped' : 'nothing was running'}${wiped ? `, ${config.dataDir} deleted` : ''}`;
  out.data({ stopped, wiped, dataDir: config.dataDir }, text);
}

/** `millrace down [--wipe]`: idempotent. */
export function register(program: Command): void {
  withCommonOptions(program.command('down'))
    .description('stop the local stack, roles before engines')
    .option('--wipe', 'delete its data as well: orders, topics, secrets, logs')
    .action(bringDown);
}
