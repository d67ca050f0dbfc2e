import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import { isManifestKey } from '../../../schemas/snapshot-manifest.ts';
import { journalOf, snapshotsOf } from '../../../schemas/topic-catalogue.ts';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../clients/kafkajs/kafkajs-log-reader.ts';
import type { Log, LogReader, LogRecord, TopicPartition } from '../../clients/log.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import { type BlockEngines, silent, startBlockEngines } from '../saga-lite/block-engines.ts';
import { type BenchProcess, startBenchProcess } from '../saga-lite/engine-process.ts';
import { environmentOf } from '../saga-lite/run-block.ts';
import { sagaLitePartitions } from '../saga-lite/workload.ts';
import { measuredCommit } from '../measured-commit.ts';
import { processRssBytes } from '../process-cpu.ts';
import { fillJournals, receiveOnEach } from './fill-journals.ts';

export interface RecoveryOptions {
  readonly orders: number;
  readonly skus: number;
  readonly history: number;
  readonly kills: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

const processors = ['orders', 'stock'] as const;
type Processor = (typeof processors)[number];
const engineFile = new URL('../saga-lite/millrace-engine.ts', import.meta.url);
/** Of the first start alone, which folds all history into objects. */
const firstHeapMb = 8_192;

/** Of one processor in one recovery; ms. */
interface Recovered {
  /** Kill to the assignment: the session time-out, not ours. */
  readonly detectionMs: number;
  /** GROUP_JOIN to the last partition's first new event in its journal. */
  readonly recoveryMs: number;
  readonly loadMs: number;
  readonly entriesPerSecond: number;
  readonly rssMb: number;
}

/**
 * G7 (performance.md §1): a processor with a million SKUs, one with a million open orders, killed and started again;
 * once with as much history as there is state, once with `history` times as much. Last both at once (F3 of reliability
 * §3: a cold start of all that hold state).
 */
export async function runRecovery(options: RecoveryOptions): Promise<void> {
  const { orders, skus, report } = options;
  const env = environmentOf({ pacing: { minBytes: 65_536, waitMs: 20 }, shape: 'split' });
  const head = { bench: 'recovery', commit: measuredCommit(), orders, skus, env };
  const summaries: Readonly<Record<Processor, number>>[] = [];
  for (const history of options.history > 1 ? [1, options.history] : [1]) {
    const runs = await runBlock({ ...options, history }, (row) => report({ ...head, history, ...row }));
    summaries.push({ orders: p95(runs.orders), stock: p95(runs.stock) });
  }
  const [plain, long] = summaries;
  report({
    ...head,
    block: 'summary',
    'recovery p95, ms': plain,
    ...(plain && long
      ? {
          [`with ${options.history} times the history, ms`]: long,
          ratio: { orders: long.orders / plain.orders, stock: long.stock / plain.stock },
        }
      : {}),
  });
}

async function runBlock(
  options: RecoveryOptions,
  report: RecoveryOptions['report'],
): Promise<Readonly<Record<Processor, readonly Recovered[]>>> {
  const engines = await startBlockEngines();
  const connection = { brokers: [engines.brokers], clientId: 'bench', logger: silent };
  const log = await createKafkajsLog(connection);
  const topics = processors.flatMap((name) => [journalOf(name), snapshotsOf(name)]);
  const reader = await createKafkajsLogReader({ ...connection, topics });
  try {
    const registryUrl = engines.environment['MILLRACE_REGISTRY_URL'] ?? '';
    const registry = await connectSchemaRegistry({ url: registryUrl, logger: silent });
    const startedMs = Date.now();
    const codecs = {
      ordersEvents: registry.createCodec<EventEnvelope<Body>>('orders.events.v1'),
      stockEvents: registry.createCodec<EventEnvelope<Body>>('stock.events.v1'),
      ordersCommands: registry.createCodec<CommandEnvelope<Body>>('orders.commands.v1'),
      stockCommands: registry.createCodec<CommandEnvelope<Body>>('stock.commands.v1'),
    };
    const events = await fillJournals({ ...options, log, codecs });
    report({ block: 'filled', events, seconds: (Date.now() - startedMs) / 1_000 });
    const runs: Record<Processor, Recovered[]> = { orders: [], stock: [] };
    const places = processors.map((name) => {
      const leaveCommands = (): Promise<void> => receiveOnEach(log, name, codecs[`${name}Commands`]);
      return { engines, log, reader, name, leaveCommands };
    });
    for (const place of places) {
      const { name } = place;
      report({ block: 'first start', processor: name, ...(await takeSnapshots(place)) });
      for (let kill = 0; kill < options.kills; kill += 1) {
        const run = await recover(place);
        runs[name].push(run);
        report({ block: `kill ${kill}`, processor: name, ...run });
      }
    }
    const together = await Promise.all(places.map(recover));
    report({
      block: 'all at once',
      'kill to the last first event, ms': Math.max(...together.map(standstillMs)),
    });
    return runs;
  } finally {
    await reader.close();
    await log.close();
    await engines.stop();
  }
}

interface Place {
  readonly engines: BlockEngines;
  readonly log: Log;
  readonly reader: LogReader;
  readonly name: Processor;
  /** A command on each inbox partition, for the next owner to begin with. */
  readonly leaveCommands: () => Promise<void>;
}

interface TookOver {
  readonly partition: number;
  /** When it was done, epoch ms, and how long it took from GROUP_JOIN. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly loadMs: number;
  readonly fromEntries: number;
}

interface Engine {
  readonly process: BenchProcess;
  readonly took: readonly TookOver[];
}

/** The processor alone, in the heap that a process of ours has. Its log says when it took a partition over. */
function startEngine({ engines, name }: Place, snapshotEvents: number, heapMb = 512): Engine {
  const took: TookOver[] = [];
  const environment = {
    ...engines.environment,
    MILLRACE_LOG_LEVEL: 'info',
    MILLRACE_SNAPSHOT_EVENTS: String(snapshotEvents),
  };
  const onLine = (line: string): void => {
    if (!line.includes('partition taken over')) return;
    const told = JSON.parse(line) as Omit<TookOver, 'atMs'> & { readonly time: number };
    took.push({ ...told, atMs: told.time });
  };
  return { process: startBenchProcess(name, engineFile, [name], environment, { heapMb, onLine }), took };
}

/** Folds the whole journal once, and has each partition write a snapshot of it; then kills the process. */
async function takeSnapshots(place: Place): Promise<Readonly<Record<string, number>>> {
  const engine = startEngine(place, 1, firstHeapMb);
  await until(() => engine.took.length === sagaLitePartitions, 900_000);
  const foldMs = Math.max(...engine.took.map(({ durationMs }) => durationMs));
  const foldedMs = Date.now();
  const topic = snapshotsOf(place.name);
  const done = new Set<number>();
  while (done.size < sagaLitePartitions) {
    for (const [partition, { first, end }] of await place.log.offsetsOf(topic)) {
      if (done.has(partition) || end === first) continue;
      const [last] = await firstRecords(place.reader, { topic, partition }, end - 1n);
      if (isManifestKey(last?.key?.toString() ?? '')) done.add(partition);
    }
    await settle(100);
  }
  const snapshotMs = Date.now() - foldedMs;
  const rssMb = Math.round(processRssBytes(engine.process.pid) / 1_048_576);
  await engine.process.stop();
  return { foldMs, snapshotMs, rssMb };
}

/** Starts the killed processor again and waits for its first events. It takes no snapshots of its own. */
async function recover(place: Place): Promise<Recovered> {
  const journal = journalOf(place.name);
  await place.leaveCommands();
  const ends = await place.log.offsetsOf(journal);
  const killedMs = Date.now();
  const engine = startEngine(place, 1_000_000);
  const firsts = [...ends].map(([partition, { end }]) =>
    // its Barrier, then its first event
    firstRecords(place.reader, { topic: journal, partition }, end, 2),
  );
  const records = await Promise.all(firsts);
  const firstEventMs = Math.max(...records.map((found) => found[1]?.timestampMs ?? Number.POSITIVE_INFINITY));
  await until(() => engine.took.length === sagaLitePartitions, 60_000);
  await settle(1_000);
  const rssMb = Math.round(processRssBytes(engine.process.pid) / 1_048_576);
  await engine.process.stop();
  const joinedMs = Math.min(...engine.took.map(({ atMs, durationMs }) => atMs - durationMs));
  const loadMs = Math.max(...engine.took.map((took) => took.loadMs));
  const entries = engine.took.reduce((sum, { fromEntries }) => sum + fromEntries, 0);
  return {
    detectionMs: joinedMs - killedMs,
    recoveryMs: firstEventMs - joinedMs,
    loadMs,
    entriesPerSecond: Math.round((entries * 1_000) / loadMs),
    rssMb,
  };
}

function firstRecords(reader: LogReader, at: TopicPartition, from: bigint, count = 1): Promise<LogRecord[]> {
  return new Promise((resolve, reject) => {
    const found: LogRecord[] = [];
    const handle = reader.read(at, from, {
      onFatal: reject,
      onRecords(records) {
        found.push(...records);
        if (found.length < count) return;
        handle.stop();
        resolve(found.slice(0, count));
      },
    });
  });
}

/** Kill to the last partition's first new event. */
const standstillMs = ({ detectionMs, recoveryMs }: Recovered): number => detectionMs + recoveryMs;

function p95(runs: readonly Recovered[]): number {
  const sorted = runs.map(({ recoveryMs }) => recoveryMs).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms`);
    await settle(20);
  }
}

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
