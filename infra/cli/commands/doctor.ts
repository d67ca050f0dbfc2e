import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { findChromium } from '../../local/chromium.ts';
import { portHandover } from '../../local/port-handover.ts';
import { checkPrerequisites } from '../../local/preflight.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { dataFolder, stackStatus } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';

interface Line {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: string | null;
}

async function examine(options: CommonOptions): Promise<void> {
  const out = createOutput(options);
  const folder = dataFolder(options.set);
  let silent: string | null = null;
  const status = await stackStatus(folder).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    silent = error.message; // the machine can be looked at all the same
    return undefined;
  });
  const isUp = status !== undefined;
  const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' });
  const chromium = await findChromium();
  const needed = (await checkPrerequisites(folder)).map(({ name, found, fault }): Line => {
    const suffices = fault === undefined || (isUp && name === 'memory'); // the running stack has its share already
    return { name, ok: suffices, found, fix: suffices ? null : fault.message };
  });
  const lines: Line[] = [
    { name: 'Node', ok: true, found: process.version, fix: null },
    {
      name: 'npm',
      ok: npm.status === 0,
      found: npm.stdout?.trim() || 'nothing',
      fix: npm.status === 0 ? null : 'install Node 20 or newer with npm',
    },
    ...needed,
    {
      name: 'chromium',
      ok: true,
      found: chromium ?? 'nothing (only the page tests need it: apt-get install chromium)',
      fix: null,
    },
    { name: 'shared port', ok: true, found: portHandover().told, fix: null },
    {
      name: 'local stack',
      ok: true,
      found: isUp ? `${status.state}: ${status.step}` : (silent ?? 'down'),
      fix: null,
    },
  ];
  const mark = (ok: boolean): string => (ok ? 'ok' : 'MISSING');
  const faults = lines.flatMap((line) => (line.fix === null ? [] : [line.fix]));
  out.data(
    { ok: faults.length === 0, checks: lines },
    [table(lines.map((l) => [mark(l.ok), l.name, l.found])), ...faults].join('\n'),
  );
  if (faults.length > 0) process.exitCode = exitCodes.unavailable;
}

/** `millrace doctor`: exit 69 when something is missing. Installs nothing. */
export function register(program: Command): void {
  withCommonOptions(program.command('doctor'))
    .description('what the machine lacks, each with its fix')
    .action(examine);
}
