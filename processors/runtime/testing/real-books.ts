import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Body, CommandEnvelope } from '../../../schemas/envelope.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { inboxOf, journalOf } from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import { topicsWanted } from '../../../infra/clients/check-topics.ts';
import { createGroupsAdmin } from '../../../infra/clients/kafkajs/group-facts.ts';
import { createKafkajsLog } from '../../../infra/clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import { createTopicAdmin } from '../../../infra/clients/kafkajs/topic-admin.ts';
import type { Log, LogReader, LogRecord, OutgoingRecord } from '../../../infra/clients/log.ts';
import { readRange } from '../read-range.ts';
import type { Books } from './commands.ts';
import { prefixedTopics } from './prefixed-topics.ts';
import type { TinyRole } from './tiny-role.ts';
import { judgeJournal, schemaId, type ValidEvent } from './valid-events.ts';

/** One process of the tiny domain, and every line it told. */
export interface Child {
  readonly process: ChildProcess;
  readonly told: readonly unknown[][];
}

const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Topics of one test on a real broker, the processes that work on them, and a way to look into the journals. */
export class RealBooks implements Books {
  readonly partitions: number;
  /** Events between two snapshots of the processes started from now on; 0: none are taken. */
  snapshotEvents = 0;
  private readonly prefix: string;
  private readonly brokers: readonly string[];
  private readonly log: Log;
  private readonly reader: LogReader;
  private readonly children: Child[] = [];
  private journals = new Map<string, LogRecord[]>();

  private constructor(of: {
    prefix: string;
    brokers: readonly string[];
    partitions: number;
    log: Log;
    reader: LogReader;
  }) {
    this.prefix = of.prefix;
    this.brokers = of.brokers;
    this.partitions = of.partitions;
    this.log = of.log;
    this.reader = of.reader;
  }

  static async open(brokers: readonly string[], partitions: number): Promise<RealBooks> {
    const prefix = `rt-${randomUUID().slice(0, 8)}`;
    const topics = prefixedTopics(prefix);
    const connection = { brokers, clientId: prefix, logger };
    const admin = await createTopicAdmin(connection);
    await admin.create(
      topicsWanted(partitions).map((topic) => ({ ...topic, name: topics.name(topic.name) })),
    );
    await admin.close();
    const log = topics.log(await createKafkajsLog(connection));
    const journals = [journalOf('stock'), journalOf('orders')].map((topic) => topics.name(topic));
    const reader = topics.reader(await createKafkajsLogReader({ ...connection, topics: journals }));
    return new RealBooks({ prefix, brokers, partitions, log, reader });
  }

  start(processor: TinyRole['processor'], instance: string, harm?: TinyRole['harm']): Child {
    const { brokers, prefix, partitions } = this;
    const role: TinyRole = {
      brokers,
      prefix,
      partitions,
      processor,
      instance,
      sessionTimeoutMs: 2_000,
      snapshotEvents: this.snapshotEvents,
      ...(harm ? { harm } : {}),
    };
    const program = path.join(import.meta.dirname, 'tiny-role.ts');
    const child = spawn(process.execPath, ['--no-warnings', program, JSON.stringify(role)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told: unknown[][] = [];
    createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line) as unknown[]));
    this.children.push({ process: child, told });
    return { process: child, told };
  }

  /** Places one hold an id, spread over SKUs, `batch` commands an append. */
  async placeHolds(ids: readonly string[]): Promise<void> {
    const codec = createTopicCodec<CommandEnvelope<Body>>(inboxOf('stock'), schemaId);
    const byPartition = new Map<number, OutgoingRecord[]>();
    ids.forEach((holdId, i) => {
      const sku = `sku-${i % 17}`;
      const body = {
        type: 'PlaceHold',
        holdId,
        orderId: `o-${holdId}`,
        customerId: '',
        sku,
        quantity: 1,
        untilMs: 0,
      };
      const value = codec.encode({ store: 's', commandId: null, fingerprint: null, requestId: null, body });
      const partition = partitionOf(`s/${sku}`, this.partitions);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), { key: `s/${sku}`, value }]);
    });
    const appends = [...byPartition].map(([partition, records]) => ({
      topic: inboxOf('stock'),
      partition,
      records,
    }));
    const outcomes = await this.log.append(appends);
    const failed = outcomes.find(({ is }) => is !== 'appended');
    if (failed) throw new Error(`the test's own append: ${JSON.stringify(failed)}`);
  }

  /** Reads all journals to their ends; the receivers' first, so that nothing is heard that is not decided. */
  async load(): Promise<void> {
    const never = new AbortController().signal;
    this.journals = new Map();
    for (const topic of [journalOf('orders'), journalOf('stock')]) {
      for (const [partition, { end }] of await this.log.offsetsOf(topic)) {
        const records: LogRecord[] = [];
        await readRange(
          this.reader,
          { at: { topic, partition }, from: 0n, until: end },
          (r) => void records.push(r),
          never,
        );
        this.journals.set(`${topic}/${partition}`, records);
      }
    }
  }

  valid(processor: 'stock' | 'orders', partition: number): readonly ValidEvent[] {
    return this.judge(processor, partition).valid;
  }

  judge(processor: 'stock' | 'orders', partition: number): ReturnType<typeof judgeJournal> {
    const topic = journalOf(processor);
    return judgeJournal(topic, this.journals.get(`${topic}/${partition}`) ?? []);
  }

  /** Instance id of the member that each inbox partition is assigned to; null while nobody has it. */
  async owners(processor: TinyRole['processor']): Promise<readonly (string | null)[]> {
    const { prefix, brokers, partitions } = this;
    const topic = prefixedTopics(prefix).name(inboxOf(processor));
    const admin = await createGroupsAdmin({ brokers, clientId: prefix, logger });
    try {
      const facts = await admin.factsOf(`${prefix}.${processor}`, [topic]);
      return Array.from({ length: partitions }, (_, partition) => facts.ownerOf({ topic, partition }));
    } finally {
      await admin.close();
    }
  }

  /** Loads again and again until the books show it; throws with `shows` after `withinMs`. */
  async until(holds: () => boolean, shows: () => unknown, withinMs = 90_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      await this.load();
      if (holds()) return;
      if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(shows())}`);
      await delay(100);
    }
  }

  async close(): Promise<void> {
    for (const { process: child } of this.children) child.kill('SIGKILL');
    await Promise.all([this.reader.close(), this.log.close()]);
  }
}
