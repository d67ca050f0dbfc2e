import type { Command } from 'commander';
import { repositoryRoot } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { dataFolder, stackStatus } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';

async function showStatus(options: CommonOptions): Promise<void> {
  const out = createOutput(options);
  const folder = dataFolder(options.set);
  const status = await stackStatus(folder);
  if (status === undefined) {
    out.data({ state: 'down', dataDir: folder }, `down (data in ${folder})`);
    out.say('next: npx millrace up');
    process.exitCode = exitCodes.unavailable;
    return;
  }
  const { environment: _, ...shown } = status;
  const colour = (state: string): string =>
    state === 'ready' || state === 'elsewhere' ? out.style('green', state) : out.style('yellow', state);
  const rows = status.processes.map((p) => [
    p.name,
    p.state,
    p.pid === null ? '-' : String(p.pid),
    p.restarts === 0 ? '' : `${p.restarts} restarts`,
    p.release === null || p.release === repositoryRoot ? '' : `code of ${p.release}`,
    p.url,
  ]);
  const lines = table([['process', 'state', 'pid', '', '', 'address'], ...rows]);
  out.data(
    shown,
    `${colour(status.state)}: ${status.step} (launcher ${status.pid}, data in ${folder})\n${lines}`,
  );
  if (
    status.state !== 'ready' ||
    status.processes.some((p) => p.state !== 'ready' && p.state !== 'elsewhere')
  ) {
    process.exitCode = exitCodes.tryAgain;
  }
}

/** `millrace status`: exit 0 when every process is ready, 75 while some are not, 69 when no stack runs. */
export function register(program: Command): void {
  withCommonOptions(program.command('status'))
    .description('what runs, and whether it is ready')
    .action(showStatus);
}
