import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { repositoryRoot } from '../config/config.ts';
import { runCatalogueBench } from './catalogue/catalogue.ts';
import { runFailover } from './failover/failover.ts';
import { runHoldDecision } from './hold-decision/hold-decision.ts';
import { runIngest } from './ingest/ingest.ts';
import { runNastyInput } from './nasty-input/nasty-input.ts';
import { runOverload } from './overload/overload.ts';
import { runProtocolTax, type TaxArm, taxArms } from './protocol-tax/protocol-tax.ts';
import { runRecovery } from './recovery/recovery.ts';
import { runReportsBench } from './reports/reports.ts';
import { runSagaLite } from './saga-lite/saga-lite.ts';
import { runSinkBench } from './sink/sink.ts';

/** `npm run bench -- <benchmark>`: benchmarks beside their limit, in one run. Never part of a test. */
const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
};

/** Prints each row, and keeps it in a file of this run. */
function reportTo(benchmark: string): (row: unknown) => void {
  const folder = path.join(repositoryRoot, 'artifacts', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${benchmark}-${new Date().toISOString().replaceAll(':', '-')}.jsonl`);
  return (row) => {
    const line = JSON.stringify(row);
    appendFileSync(file, `${line}\n`);
    process.stdout.write(`${line}\n`);
  };
}

const program = new Command('npm run bench --');
program
  .command('saga-lite')
  .description('the order saga beside L0, bare kafkajs moving the same records')
  .option('--orders <n>', 'orders preloaded in a block', whole, 200_000)
  .option('--pairs <n>', 'pairs of preloaded blocks, ABBA', whole, 2)
  .option(
    '--rates <list>',
    'open-loop rates, orders a second',
    (text) => text.split(',').map(whole),
    [500, 2_000],
  )
  .option('--seconds <n>', 'measured seconds of an open loop', whole, 30)
  .option('--warm-up <n>', 'seconds before them', whole, 10)
  .option('--hot', '30 % of the lines on one SKU', false)
  .option('--split', 'each role in a process of its own: CPU by role', false)
  .option('--seed <n>', 'seed of the workload', whole, 1)
  .action(
    async (
      options: Record<string, never> & {
        orders: number;
        pairs: number;
        rates: number[];
        seconds: number;
        warmUp: number;
        hot: boolean;
        split: boolean;
        seed: number;
      },
    ) => {
      await runSagaLite({
        ...options,
        warmUpS: options.warmUp,
        shape: options.split ? 'split' : 'shared',
        report: reportTo('saga-lite'),
      });
    },
  );
program
  .command('catalogue')
  .description('what the catalogue in the memory of an API process costs: loading, memory, pricing, search')
  .option('--skus <n>', 'products', whole, 20_000)
  .option('--orders <n>', 'orders of five lines that are priced', whole, 100_000)
  .action((options: { skus: number; orders: number }) =>
    runCatalogueBench({ ...options, report: reportTo('catalogue') }),
  );
program
  .command('failover')
  .description('kill -9 a processor, then all, under load: ms until their partitions decide again')
  .option('--rounds <n>', 'times one processor is killed', whole, 4)
  .option('--rate <n>', 'orders a second meanwhile', whole, 50)
  .action((options: { rounds: number; rate: number }) =>
    runFailover({ ...options, report: reportTo('failover') }),
  );
program
  .command('recovery')
  .description('kill -9 with a million SKUs and a million open orders: time to the first new event')
  .option('--orders <n>', 'open orders', whole, 1_000_000)
  .option('--skus <n>', 'SKUs with stock', whole, 1_000_000)
  .option('--history <n>', 'second block with so many events for each aggregate; 1: none', whole, 10)
  .option('--kills <n>', 'recoveries of each processor in a block', whole, 3)
  .action((options: { orders: number; skus: number; history: number; kills: number }) =>
    runRecovery({ ...options, report: reportTo('recovery') }),
  );
program
  .command('protocol-tax')
  .description(
    'what Barriers, marks and checks cost, and snapshots: preloaded saga-lite with them off and on',
  )
  .option('--orders <n>', 'orders preloaded in a block', whole, 40_000)
  .option('--pairs <n>', 'blocks of each arm, each at the same time as one of bare', whole, 10)
  .option(
    '--snapshot-events <n>',
    'events of a partition between two snapshots; by default a run takes about four',
    whole,
  )
  .option('--aa', 'pairs of two bare arms too: what two of the same differ by', false)
  .addOption(new Option('--only <arm>', 'of the arms this one alone').choices(taxArms))
  .option('--seed <n>', 'seed of the workload', whole, 1)
  .action(
    (options: {
      orders: number;
      pairs: number;
      snapshotEvents?: number;
      aa: boolean;
      only?: TaxArm;
      seed: number;
    }) => runProtocolTax({ ...options, report: reportTo('protocol-tax') }),
  );
program
  .command('hold-decision')
  .description('CPU of one hold in the pure core: one SKU with all open holds, uniform keys, sold out')
  .option('--holds <n>', 'open holds', whole, 100_000)
  .option('--skus <n>', 'uniform keys', whole, 20_000)
  .option('--decisions <n>', 'holds of a block', whole, 50_000)
  .option('--pairs <n>', 'rounds of one block an arm, ABBA', whole, 10)
  .option('--seed <n>', 'seed of the bootstrap', whole, 1)
  .action((options: { holds: number; skus: number; decisions: number; pairs: number; seed: number }) =>
    runHoldDecision({ ...options, report: reportTo('hold-decision') }),
  );
program
  .command('nasty-input')
  .description('CPU of an API process for each of some hostile requests of at most 64 KB; the worst last')
  .option('--times <n>', 'how often each is sent', whole, 15)
  .option('--skus <n>', 'products in the catalogue', whole, 20_000)
  .action((options: { times: number; skus: number }) =>
    runNastyInput({ ...options, report: reportTo('nasty-input') }),
  );
program
  .command('ingest')
  .description('orders taken: our API, bare node:http with the same checks, Express with a send for each')
  .option('--pairs <n>', 'rounds of one block an arm, ABBA', whole, 10)
  .option('--seconds <n>', 'measured seconds of a block', whole, 20)
  .option('--warm-up <n>', 'seconds before them', whole, 10)
  .option('--connections <n>', 'connections of the closed loop', whole, 64)
  .option('--aa', 'the bare arm twice: what two of the same differ by', false)
  .option('--seed <n>', 'seed of the bootstrap', whole, 1)
  .action(
    (options: {
      pairs: number;
      seconds: number;
      warmUp: number;
      connections: number;
      aa: boolean;
      seed: number;
    }) => runIngest({ ...options, warmUpS: options.warmUp, report: reportTo('ingest') }),
  );
program
  .command('overload')
  .description('twice the peak for a minute, and back; then slow sockets beside half of it')
  .option('--seconds <n>', 'seconds of the peak and of each quiet block', whole, 20)
  .option('--warm-up <n>', 'seconds before them', whole, 10)
  .option('--overload <n>', 'seconds at twice the peak', whole, 60)
  .option('--sockets <n>', 'sockets held open', whole, 1_000)
  .option('--kinds <list>', 'what they do', 'head,body,never-read')
  .option('--pairs <n>', 'pairs without and with them, ABBA', whole, 5)
  .option('--seed <n>', 'seed of the bootstrap', whole, 1)
  .action(
    (options: {
      seconds: number;
      warmUp: number;
      overload: number;
      sockets: number;
      kinds: string;
      pairs: number;
      seed: number;
    }) =>
      runOverload({
        ...options,
        warmUpS: options.warmUp,
        overloadS: options.overload,
        report: reportTo('overload'),
      }),
  );
program
  .command('sink')
  .description(
    'rows for each CPU-second into ClickHouse: the sink, bare RowBinary and JSONEachRow inserts of its blocks',
  )
  .option('--orders <n>', 'orders of a block', whole, 20_000)
  .option('--rate <n>', 'orders a second of the log’s clock in a partition: how large blocks are', whole, 500)
  .option('--pairs <n>', 'rounds of one block an arm, ABBA', whole, 10)
  .option('--aa', 'the bare arm twice: what two of the same differ by', false)
  .option('--seed <n>', 'seed of the workload and the bootstrap', whole, 1)
  .action((options: { orders: number; rate: number; pairs: number; aa: boolean; seed: number }) =>
    runSinkBench({ ...options, report: reportTo('sink') }),
  );
program
  .command('reports')
  .description('six reports of the dashboard at so many rows of order lines, while orders come in')
  .option(
    '--lines <list>',
    'rows of order_lines, a ledger for each',
    (text) => text.split(',').map(whole),
    [1_000_000, 100_000_000],
  )
  .option('--rounds <n>', 'times each report is asked', whole, 40)
  .option('--rate <n>', 'orders a second that come in meanwhile', whole, 500)
  .option('--memory-mb <n>', 'what the engine may hold', whole, 4_000)
  .action((options: { lines: number[]; rounds: number; rate: number; memoryMb: number }) =>
    runReportsBench({ ...options, report: reportTo('reports') }),
  );
await program.parseAsync();
