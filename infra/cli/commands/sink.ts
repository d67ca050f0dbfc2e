import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { placesOf } from '../../../sinks/clickhouse/beside.ts';
import type { LedgerDifference } from '../../../sinks/clickhouse/compare-ledgers.ts';
import { ledgerTableNames, processorOfTable } from '../../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { rebuildLedger, rowsToEmpty } from '../../../sinks/clickhouse/rebuild-ledger.ts';
import { connectClickhouse } from '../../clients/clickhouse.ts';
import { clickhouseLink } from '../../clients/links.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { announceFirst } from '../announce-first.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { type BesideLedger, withBesideLedger } from '../ledger-beside.ts';
import { ledgerErrorOf } from '../ledger-errors.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';

interface DoOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly reason: string;
  readonly takeOver?: boolean;
}

interface RebuildCommandOptions extends DoOptions {
  readonly inPlace?: boolean;
}

type ToolConfig = Awaited<ReturnType<typeof cliConfig>>;

/** Errors of ClickHouse and Kafka become the CLI's; each command may be called again and goes on. */
async function toCliErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw ledgerErrorOf(error);
  }
}

async function runRebuild(options: RebuildCommandOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const { clickhouseDatabase: target } = config;
  await toCliErrors(async () => {
    if (options.yes !== true) return tellRebuild(config, options, out);
    await announceFirst(config, { what: 'ledger.rebuild', target, reason: options.reason });
    if (options.inPlace === true) return rebuildInPlace(config, out);
    const rebuild = async (beside: BesideLedger): Promise<void> => {
      await beside.rebuild((text) => out.say(text));
      await printComparison(beside, out);
      out.say('Nothing has changed for readers. To take it: npx millrace sink flip --yes');
    };
    return withBesideLedger(config, rebuild, options.takeOver);
  });
}

async function tellRebuild(
  config: ToolConfig,
  { inPlace }: RebuildCommandOptions,
  out: Output,
): Promise<void> {
  const client = connectClickhouse(clickhouseLink(config));
  try {
    const rows = await rowsToEmpty(client);
    const text = Object.entries(rows)
      .map(([name, count]) => `${count} of ${name}`)
      .join(', ');
    out.data(
      { done: false, rows },
      inPlace === true
        ? `Would empty the ledger (rows: ${text}) and let the sink fill it again from the journals. ` +
            'Until it has, reports answer with what is there and no complete_until. To do it: npx millrace sink rebuild --in-place --yes'
        : `Would fill a second ledger from the journals beside the live one (rows: ${text}), which readers and sinks go on with, ` +
            'and compare the two; it takes as much room again. To do it: npx millrace sink rebuild --yes',
    );
  } finally {
    await client.close();
  }
}

async function rebuildInPlace(config: ToolConfig, out: Output): Promise<void> {
  const client = connectClickhouse(clickhouseLink(config));
  try {
    const rows = await rowsToEmpty(client);
    await rebuildLedger({
      client,
      partitions: config.partitions,
      pause: (ms) => delay(ms),
      onStep: (step) => out.say(emptyingSteps[step] ?? `emptying ${step}`),
    });
    out.data(
      { emptied: true, rows },
      'The ledger is empty; the sink fills it again. Look: npx millrace groups lag, then npx millrace verify',
    );
  } finally {
    await client.close();
  }
}

const emptyingSteps: Readonly<Record<string, string>> = {
  fence: 'sinks are told to wait',
  wait: 'waiting for reports and inserts that are under way',
};

async function printComparison(beside: BesideLedger, out: Output): Promise<void> {
  const { groups, partitions, events, oneSided } = await beside.compare();
  const { compared, liveAlone, besideAlone } = events;
  const differing = groups.filter(({ differs }) => differs);
  const isVoid = partitions === 0 && oneSided.length === 0;
  const text = [
    table([
      ['table', 'month', 'currency', 'rows live', 'rows beside', 'sums live / beside', ''],
      ...groups.map(comparisonRow),
    ]),
    ...oneSided.map((place) => `Only one ledger holds anything of ${place}.`),
    ...(differing.length > 0 ? [`${differing.length} of ${groups.length} groups differ.`] : []),
    ...(isVoid ? ['Nothing was compared: neither ledger holds anything of any journal.'] : []),
    ...(differing.length === 0 && oneSided.length === 0 && !isVoid
      ? ['Both ledgers agree up to the place both have reached.']
      : []),
    ...(partitions > 0
      ? [
          `Compared: ${compared} events of ${partitions} journal partitions; beyond that place the live one has ${liveAlone}, the one beside ${besideAlone}.`,
        ]
      : []),
  ].join('\n');
  out.data({ compared: groups, differing: differing.length, partitions, events, oneSided }, text);
  if (isVoid) process.exitCode = exitCodes.checkVoid;
  if (differing.length > 0 || oneSided.length > 0) process.exitCode = exitCodes.checkFailed;
}

const comparisonRow = ({ table: name, month, currency, rows, sums, differs }: LedgerDifference) => [
  name,
  String(month),
  currency || '-',
  rows.live,
  rows.beside,
  Object.entries(sums)
    .map(([column, of]) => `${column} ${of.live === of.beside ? of.live : `${of.live} / ${of.beside}`}`)
    .join(', ') || '-',
  differs ? 'differs' : '',
];

async function runCompare(options: CommonOptions): Promise<void> {
  const config = await cliConfig(options.set);
  await toCliErrors(() =>
    withBesideLedger(config, (beside) => printComparison(beside, createOutput(options))),
  );
}

async function runFlip(options: DoOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const { clickhouseDatabase: target, partitions } = config;
  const flip = async (beside: BesideLedger): Promise<void> => {
    if (options.yes !== true) return printComparison(beside, out);
    await announceFirst(config, { what: 'ledger.flip', target, reason: options.reason });
    await beside.flip(partitions, (step) => out.say(`exchanging: ${step}`));
    out.data(
      { flipped: true },
      'The ledger that was beside is live; the former one stands beside. The same command goes back; npx millrace sink drop --yes gives its room back.',
    );
  };
  await toCliErrors(() => withBesideLedger(config, flip, options.takeOver));
}

async function runDrop(options: DoOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const drop = async (beside: BesideLedger): Promise<void> => {
    await beside.checkDrop();
    if (options.yes !== true) {
      return out.data({ dropped: false }, `Would drop the database ${beside.name}. To do it: --yes`);
    }
    const { reason } = options;
    await announceFirst(config, { what: 'ledger.rebuild', target: beside.name, reason: `drop: ${reason}` });
    await beside.drop();
    out.data({ dropped: true }, `The database ${beside.name} is gone.`);
  };
  await toCliErrors(() => withBesideLedger(config, drop, options.takeOver));
}

/** How far each table is complete: its journal's lowest watermark, null where a partition has none. */
async function runStatus(options: CommonOptions): Promise<void> {
  const config = await cliConfig(options.set);
  const { clickhouseDatabase: database, partitions } = config;
  const client = connectClickhouse(clickhouseLink(config));
  await toCliErrors(async () => {
    try {
      const places = await placesOf(client, database);
      const rows = await rowsToEmpty(client);
      const nowMs = Date.now();
      const tables = ledgerTableNames.map((name) => {
        const topic = journalOf(processorOfTable(name));
        const of = places.filter((place) => place.topic === topic);
        const isKnown = of.length >= partitions && of.every(({ watermarkMs }) => watermarkMs > 0);
        const ms = isKnown ? Math.min(...of.map(({ watermarkMs }) => watermarkMs)) : null;
        return {
          table: name,
          journal: topic,
          rows: rows[name] ?? 0,
          completeUntil: ms === null ? null : new Date(ms).toISOString(),
          lagSeconds: ms === null ? null : Math.max(0, Math.round((nowMs - ms) / 100) / 10),
        };
      });
      createOutput(options).data(
        { database, tables },
        table([
          ['table', 'journal', 'rows', 'complete until', 'lag s'],
          ...tables.map((of) => [
            of.table,
            of.journal,
            String(of.rows),
            of.completeUntil ?? '-',
            of.lagSeconds === null ? '-' : String(of.lagSeconds),
          ]),
        ]),
      );
    } finally {
      await client.close();
    }
  });
}

const withDoOptions = (command: Command): Command =>
  withCommonOptions(command)
    .option('--yes', 'do it; without it only what would be done is shown')
    .option('--reason <text>', 'why; stands in the audit log', 'by hand')
    .option('--take-over', 'take the lock of one who died at the ledger beside; the refusal says who');

/** `millrace sink status, rebuild, compare, flip, drop`: the ClickHouse ledger and the one beside it. */
export function register(program: Command): void {
  const sink = program.command('sink').description('the ClickHouse ledger');
  withCommonOptions(sink.command('status'))
    .description('how far each table is complete, and from which journal')
    .action(runStatus);
  withDoOptions(sink.command('rebuild'))
    .description(
      'fill a second ledger from the journals beside the live one, and compare; goes on where it ended',
    )
    .option('--in-place', 'empty the live tables under a fence instead; the sink fills them again')
    .action(runRebuild);
  withCommonOptions(sink.command('compare'))
    .description('the live ledger and the one beside it by month and currency; exit 6 where they differ')
    .action(runCompare);
  withDoOptions(sink.command('flip'))
    .description('let the ledger beside catch up and exchange it with the live one; again: back')
    .action(runFlip);
  withDoOptions(sink.command('drop')).description('drop the ledger beside').action(runDrop);
}
