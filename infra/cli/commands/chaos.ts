import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { verdictOf } from '../../audit/audit-verdict.ts';
import { abandon, type ChaosReport, runChaos } from '../../chaos/run-chaos.ts';
import { type Scenario, scenarios } from '../../chaos/scenarios.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig, readyStack } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';
import { duration } from '../duration.ts';
import { auditExitCodeOf, summaryText } from './verify.ts';

interface ChaosCommandOptions extends CommonOptions {
  /** Seconds. */
  readonly for: number;
  readonly seed?: number;
  readonly orders?: number;
  readonly rate: number;
}

async function run(name: string, options: ChaosCommandOptions): Promise<void> {
  const scenario = scenarioOf(name);
  const { processes, summary } = await readyStack(options.set);
  const elsewhere = processes.filter(({ state }) => state === 'elsewhere').map((each) => each.name);
  if (elsewhere.length > 0) {
    throw new CliError(
      `Chaos runs only where the launcher has every engine; elsewhere: ${elsewhere.join(', ')}.`,
      {
        code: 'not-local',
        exitCode: exitCodes.conflict,
        next: 'npx millrace up, in a data folder of its own',
      },
    );
  }
  const out = createOutput(options);
  const seed = options.seed ?? randomInt(2 ** 31);
  out.say(`scenario ${scenario.name}, seed ${seed}`);
  const beganMs = Date.now();
  const config = await cliConfig(options.set);
  const breakOff = (): void =>
    void abandon(config, summary).finally(() => process.exit(exitCodes.interrupted));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, breakOff);
  const report = await runChaos({
    config,
    summary,
    scenario,
    seed,
    orders: options.orders ?? options.rate * options.for,
    rate: options.rate,
    forMs: options.for * 1_000,
    say: (text) => out.say(`${String(Math.round((Date.now() - beganMs) / 1_000)).padStart(4)} s  ${text}`),
  });
  out.data(report, reportText(report, out));
  const verdict = verdictOf(report.rules);
  process.exitCode = report.broken.length > 0 ? exitCodes.checkFailed : auditExitCodeOf[verdict];
  if (process.exitCode !== exitCodes.ok)
    out.say(`again: npx millrace chaos run ${scenario.name} --seed ${seed}`);
}

function scenarioOf(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (found) return found;
  throw new CliError(`There is no scenario ${name}.`, {
    code: 'not-found',
    exitCode: exitCodes.notFound,
    next: 'npx millrace chaos list',
  });
}

function reportText(report: ChaosReport, out: Output): string {
  const { load, counts, crashPoints, unreached, broken, outages, kafkaAlone, rules, seconds } = report;
  const rows = [
    ['orders', String(load.orders)],
    ['repeats', String(load.repeats)],
    ['actions', String(load.actions)],
    ['refused', String(load.refused)],
    ...Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => [name, String(count)]),
    ['crash points', String(Object.keys(crashPoints).length)],
    ...outages.flatMap(outageRows),
    ...kafkaAlone.flatMap(kafkaAloneRows),
    ['seconds', String(seconds)],
  ];
  const missed = unreached.map((what) => out.style('yellow', `never reached: ${what}`));
  const wrong = broken.map((what) => out.style('red', `broken: ${what}`));
  return [table(rows), '', summaryText(rules, out), ...missed, ...wrong].join('\n');
}

const toldOf = (answers: Readonly<Record<string, number>>): string =>
  Object.entries(answers)
    .map(([word, count]) => `${count} × ${word}`)
    .join(', ');

const kafkaAloneRows = ({
  seconds,
  answers,
  longestGapMs,
}: ChaosReport['kafkaAlone'][number]): string[][] => [
  [`Kafka alone for ${seconds} s`, `longest time without a 202: ${longestGapMs} ms`],
  ['answers meanwhile', toldOf(answers)],
];

function outageRows({ seconds, memory, answers }: ChaosReport['outages'][number]): string[][] {
  const grown = Object.entries(memory).map(
    ([name, { beforeMb, mostMb }]) => `${name} ${beforeMb} to ${mostMb} MB`,
  );
  return [
    [`broker away for ${seconds} s`, grown.join(', ')],
    ['answers meanwhile', toldOf(answers)],
  ];
}

const list = (options: CommonOptions): void => {
  const shown = scenarios.map(({ name, help }) => ({ name, help }));
  createOutput(options).data(shown, table(shown.map(({ name, help }) => [name, help])));
};

/** `millrace chaos run, list`: exit 0 all holds, 6 a rule or a bound is violated, 7 a fault of the scenario never came about. */
export function register(program: Command): void {
  const chaos = program
    .command('chaos')
    .description('break the local stack under load, heal it, and audit it');
  withCommonOptions(chaos.command('run <scenario>'))
    .description('run a scenario on the local stack; afterwards nothing may be lost or doubled')
    .option(
      '--for <duration>',
      'how long the load and an endless scenario last: 20s, 5m',
      duration(5, 86_400),
      60,
    )
    .option('--rate <n>', 'orders a second', wholeNumber(1, 10_000), 50)
    .option(
      '--orders <n>',
      'how many orders at least (default: --rate × --for); the load lasts as long as the faults',
      wholeNumber(1, 10_000_000),
    )
    .option('--seed <n>', 'choose faults and orders as an earlier run did', wholeNumber(0, 2 ** 31))
    .action(run);
  withCommonOptions(chaos.command('list')).description('the scenarios').action(list);
}
