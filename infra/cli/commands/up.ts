import type { Command } from 'commander';
import type { StackSummary } from '../../local/stack-status.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { bringUp } from '../bring-up.ts';
import { createOutput, table } from '../output.ts';

interface UpOptions extends CommonOptions {
  readonly roles?: string;
  readonly deploy?: string;
}

const summaryText = (summary: StackSummary): string =>
  table([
    ['dashboard', summary.dashboard],
    ...(summary.shop === undefined ? [] : [['shop', summary.shop] as const]),
    ['API', `${summary.api}/v1`],
    ['docs', summary.docs],
    ['key, all but operations', summary.keys.full],
    ['key, analyst', summary.keys.analyst],
    ['key, ops', summary.keys.ops],
    ['Kafka', summary.kafka],
    ['registry', summary.registry],
    ['Redis', summary.redis],
    ['ClickHouse', summary.clickhouse],
    ['data', summary.dataDir],
  ]);

async function up(options: UpOptions): Promise<void> {
  const out = createOutput(options);
  const own = [
    ...(options.roles === undefined ? [] : ['--roles', options.roles]),
    ...(options.deploy === undefined ? [] : ['--deploy', options.deploy]),
  ];
  const { summary } = await bringUp(options.set, own, out);
  out.data(summary, summaryText(summary));
}

/** `millrace up [--json]`: everything in the background, back when it is ready; the same answer when it already is. */
export function register(program: Command): void {
  withCommonOptions(program.command('up'))
    .description('start the local stack in the background; returns when it is ready')
    .option('--roles <file>', 'another role table (JSON)')
    .option('--deploy <main>', 'another deploy step')
    .action(up);
}
