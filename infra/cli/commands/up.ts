import type { Command } from 'commander';
import { prepareDataFolder } from '../../local/data-folder.ts';
import { lockOwner } from '../../local/launcher-lock.ts';
import type { StackSummary } from '../../local/stack-status.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { launchInBackground } from '../launch-in-background.ts';
import { dataFolder, stackStatus } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';

interface UpOptions extends CommonOptions {
  readonly roles?: string;
  readonly deploy?: string;
}

/** Waits for a stack that somebody else starts; undefined when there is none. */
async function waitForOther(folder: string, out: Output): Promise<StackSummary | undefined> {
  let shown = '';
  for (;;) {
    const status = await stackStatus(folder);
    if (status === undefined && lockOwner(folder) === undefined) return undefined;
    if (status?.state === 'stopping') {
      throw new CliError('The stack is being stopped.', {
        code: 'stopping',
        exitCode: exitCodes.tryAgain,
        next: 'npx millrace up',
      });
    }
    if (status?.summary) return status.summary;
    if (status !== undefined && status.step !== shown) out.say((shown = status.step));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const summaryText = (summary: StackSummary): string =>
  table([
    ['dashboard', summary.dashboard],
    ['API', `${summary.api}/v1`],
    ['docs', summary.docs],
    ['key, everything', summary.keys.full],
    ['key, analyst', summary.keys.analyst],
    ['key, ops', summary.keys.ops],
    ['Kafka', summary.kafka],
    ['registry', summary.registry],
    ['Redis', summary.redis],
    ['ClickHouse', summary.clickhouse],
    ['data', summary.dataDir],
  ]);

async function bringUp(options: UpOptions): Promise<void> {
  const out = createOutput(options);
  const folder = dataFolder(options.set);
  let summary = await waitForOther(folder, out);
  if (summary === undefined) {
    prepareDataFolder(folder);
    const own = [
      ...(options.roles === undefined ? [] : ['--roles', options.roles]),
      ...(options.deploy === undefined ? [] : ['--deploy', options.deploy]),
    ];
    const started = await launchInBackground(
      folder,
      ['--flags', JSON.stringify(options.set), ...own],
      out.say,
    );
    summary = started ?? (await waitForOther(folder, out));
  }
  if (summary === undefined)
    throw new CliError('The stack ended while it started.', {
      code: 'ended',
      exitCode: exitCodes.unavailable,
      next: 'npx millrace logs launcher',
    });
  out.data(summary, summaryText(summary));
}

/** `millrace up [--json]`: everything in the background, back when it is ready; the same answer when it already is. */
export function register(program: Command): void {
  withCommonOptions(program.command('up'))
    .description('start the local stack in the background; returns when it is ready')
    .option('--roles <file>', 'another role table (JSON)')
    .option('--deploy <main>', 'another deploy step')
    .action(bringUp);
}
