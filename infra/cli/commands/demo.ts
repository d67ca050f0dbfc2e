import { randomInt } from 'node:crypto';
import { type Command, Option } from 'commander';
import { exitCodes } from '../../config/exit-codes.ts';
import { type LostRepliesReport, runLostReplies } from '../../demo/run-lost-replies.ts';
import { configOfLocalStack } from '../../local/launcher.ts';
import { lockOwner } from '../../local/launcher-lock.ts';
import { bringUp } from '../bring-up.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';
import { stopLauncher } from '../stop-launcher.ts';
import { wholeNumber } from '../whole-number.ts';
import { summaryText } from './verify.ts';

interface DemoOptions extends CommonOptions {
  readonly scenario: 'lost-replies';
  readonly orders: number;
  readonly rate: number;
  readonly seed?: number;
}

async function demo(options: DemoOptions): Promise<void> {
  const out = createOutput(options);
  const seed = options.seed ?? randomInt(2 ** 31);
  const { summary, isOurs } = await bringUp(options.set, [], out);
  const beganMs = Date.now();
  try {
    const report = await runLostReplies({
      config: await cliConfig(options.set),
      summary,
      seed,
      orders: options.orders,
      rate: options.rate,
      forMs: 0,
      say: (text) => out.say(`${String(Math.round((Date.now() - beganMs) / 1_000)).padStart(4)} s  ${text}`),
    });
    out.data(report, reportText(report, out));
    process.exitCode = report.faults.length === 0 ? exitCodes.ok : exitCodes.checkFailed;
    if (report.faults.length > 0) out.say(`again: npx millrace demo --scenario lost-replies --seed ${seed}`);
  } finally {
    if (isOurs) await stopOurs(options, out);
  }
}

/** A stack that ran before is left as it was. */
async function stopOurs(options: DemoOptions, out: Output): Promise<void> {
  const config = configOfLocalStack(options.set);
  const owner = lockOwner(config.dataDir);
  if (owner) await stopLauncher(config.dataDir, owner, 60_000, out);
}

function reportText({ load, money, rules, faults }: LostRepliesReport, out: Output): string {
  const shown = Object.entries({ ...load, ...money }).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  const told = faults.map((fault) => out.style('red', fault));
  return [
    table(shown),
    '',
    summaryText(rules, out),
    '',
    ...(told.length > 0 ? told : ['all of it holds']),
  ].join('\n');
}

/** `millrace demo`: exit 0 only if the money is whole, every doubt has an end, and the auditor finds nothing; else 6. */
export function register(program: Command): void {
  withCommonOptions(program.command('demo'))
    .description(
      'show on the local stack that money is safe where a provider is not (starts the stack if none runs)',
    )
    .addOption(
      new Option('--scenario <name>', 'lost-replies: the provider moves money and loses the reply')
        .choices(['lost-replies'])
        .default('lost-replies'),
    )
    .option('--orders <n>', 'how many orders', wholeNumber(1, 10_000_000), 2_000)
    .option('--rate <n>', 'orders a second', wholeNumber(1, 10_000), 100)
    .option('--seed <n>', 'choose orders as an earlier run did', wholeNumber(0, 2 ** 31))
    .action(demo);
}
