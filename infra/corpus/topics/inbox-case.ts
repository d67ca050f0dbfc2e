import { paymentDefaults } from '../../../processors/payments/payment-schedule.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { createCatalogueDomain } from '../../../processors/catalogue/catalogue-domain.ts';
import { createOrdersDomain } from '../../../processors/orders/orders-domain.ts';
import { registryWriters } from '../../../processors/runtime/registry-writers.ts';
import { World } from '../../../processors/runtime/testing/world.ts';
import { createStockDomain } from '../../../processors/stock/stock-domain.ts';
import { acceptJournalRecord, journalStart } from '../../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import {
  inboxOf,
  journalOf,
  type ProcessorName,
  quarantineOf,
  snapshotsOf,
} from '../../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../../schemas/topic-codec.ts';
import type { SchemaRegistry } from '../../clients/schema-registry.ts';
import { judgeRecord } from './judge-record.ts';
import { type BuiltRecord, RecordBuilder } from './inbox-record.ts';
import { orderBefore } from './orders-before.ts';
import {
  type CaseRecord,
  type Disposition,
  type Happening,
  isHappening,
  stepsOf,
  type TopicCase,
} from './topic-case.ts';
import { partitions, storeId } from './fixtures.ts';

/** The broker's `max.message.bytes`, by default; `kafkajs-log.int.test.ts` shows it on the real one. */
const messageBytesMax = 1_048_588;

type AnyEvent = EventEnvelope<Body & Record<string, unknown>>;

/** A record of the case, where it stands. */
interface Appended extends BuiltRecord {
  readonly offset: number;
}

/** How long a partition may wait for the registry before it counts as paused. */
const waitsForMs = 2_500;
const virtualMsMax = 120_000;

/**
 * Runs the records of a case through the production runtime and domain of their topic: take-over, slices, registry
 * client, quarantine. Only the log and the time are models, and the registry is a small server.
 */
export async function runInboxCase(of: TopicCase, registry: SchemaRegistry): Promise<Disposition> {
  const bench = new InboxBench(of, registry);
  try {
    return await bench.run();
  } finally {
    bench.end();
  }
}

class InboxBench {
  private readonly world = new World(partitions);
  private readonly steps: readonly (CaseRecord | Happening)[];
  private readonly builder: RecordBuilder;
  private readonly codecs = new Map<string, TopicCodec<{ readonly body: Body }>>();
  private readonly ending = new AbortController();
  private readonly appended: Appended[] = [];
  private processor: ProcessorName = 'orders';
  private running: ReturnType<InboxBench['start']> | null = null;
  private starts = 0;

  constructor(of: TopicCase, registry: SchemaRegistry) {
    this.steps = stepsOf(of);
    this.builder = new RecordBuilder(of.id);
    this.world.snapshotEvents = 100_000;
    this.world.codecOf = <T extends { readonly body: Body }>(topic: string) => {
      const known = this.codecs.get(topic) ?? registry.createCodec(topic);
      this.codecs.set(topic, known);
      return known as unknown as TopicCodec<T>;
    };
    this.world.learnWriter = (topic, id) =>
      registryWriters(registry, [...this.codecs.values()], this.ending.signal)(topic, id);
  }

  async run(): Promise<Disposition> {
    const built = this.steps.map((step) => (isHappening(step) ? step : this.builder.build(step)));
    const first = built.find((step) => 'processor' in step);
    if (!first) throw new RangeError('a case without a record');
    this.processor = first.processor;
    const tooLarge = built.some((step) => 'value' in step && (step.value?.length ?? 0) > messageBytesMax);
    if (tooLarge) return { status: 'broker-refused', problemType: 'MESSAGE_TOO_LARGE' };
    this.running = this.start();
    await this.ready();
    this.setUp();
    await this.settle();
    for (const step of built) {
      if ('processor' in step) this.append(step);
      else await this.happen(step);
    }
    await this.settle();
    return this.judge();
  }

  end(): void {
    this.ending.abort();
    this.running?.process.kill();
  }

  private start() {
    this.starts += 1;
    const name = `${this.processor}-${this.starts}`;
    const orders = createOrdersDomain({ holdTtlMs: 900_000, payments: paymentDefaults });
    if (this.processor === 'stock') return this.world.start(name, createStockDomain());
    return this.processor === 'orders'
      ? this.world.start(name, orders)
      : this.world.start(name, createCatalogueDomain());
  }

  private ready(): Promise<void> {
    return this.world.clock.until('the processor is ready', () => this.running?.tasks.notReady() === null);
  }

  /** What the placeholders of the case take for granted. */
  private setUp(): void {
    for (const name of this.builder.placeholders.orders) {
      const id = this.builder.placeholders.resolve(`{{order.${name}}}`);
      for (const command of orderBefore(name, id)) this.world.command('orders', id, command);
    }
    if (this.processor !== 'stock') return;
    const body = { type: 'ReceiveStock', sku: '85123A', quantity: 1_000_000, reason: 'opening' };
    this.world.command('stock', `${storeId}/85123A`, { store: storeId, body });
  }

  private append(record: BuiltRecord): void {
    const at = { topic: inboxOf(this.processor), partition: record.partition };
    const offset = Number(this.world.broker.rangeOf(at).end);
    const { key, value, headers, atMs } = record;
    this.world.broker.appendRaw(at, { key, value, headers, ...(atMs === null ? {} : { timestampMs: atMs }) });
    this.appended.push({ ...record, offset });
  }

  /** A take-over after a kill, or after a clean stop, which leaves a snapshot. */
  private async happen({ snapshot }: Happening): Promise<void> {
    const { clock, broker } = this.world;
    await this.settle();
    if (snapshot) {
      void this.running?.tasks.stop(5_000);
      await clock.advance(10_000);
      const topic = snapshotsOf(this.processor);
      const kept = this.appended.every(({ partition }) => broker.all({ topic, partition }).length > 0);
      if (!kept) throw new Error('a clean stop left no snapshot');
    }
    this.running?.process.kill();
    this.running = this.start();
    await clock.advance(10_000);
    await this.ready();
  }

  /** Lets time pass until every record is decided (a later Tick is), or its partition waits or has stopped. */
  private async settle(): Promise<void> {
    const { clock } = this.world;
    const endMs = clock.nowMs() + virtualMsMax;
    let waitingSince: number | null = null;
    const ends = Array.from({ length: partitions }, (_, partition) =>
      Number(this.world.broker.rangeOf({ topic: inboxOf(this.processor), partition }).end),
    );
    for (;;) {
      await clock.advance(1_000);
      const states = this.running?.tasks.states() ?? new Map<number, string>();
      const isDecided = ends.every(
        (end, partition) => states.get(partition) === 'stopped' || this.decidedTo(partition) >= end,
      );
      if (isDecided) return;
      if (![...states.values()].includes('waiting')) {
        waitingSince = null;
        if (clock.nowMs() > endMs) throw new Error('the records are not decided');
        continue;
      }
      waitingSince ??= performance.now();
      if (performance.now() - waitingSince > waitsForMs) return;
      await delay(20);
    }
  }

  private decidedTo(partition: number): number {
    return (this.events(partition).at(-1)?.cause.offset ?? -1) + 1;
  }

  private events(partition: number): readonly AnyEvent[] {
    const topic = journalOf(this.processor);
    const codec = this.world.codecOf<AnyEvent>(topic);
    const events: AnyEvent[] = [];
    let position = journalStart;
    for (const { offset, value } of this.world.broker.all({ topic, partition })) {
      const decoded = codec.decode(value);
      if (decoded.is !== 'value')
        throw new Error(`the journal holds a record that cannot be read: ${decoded.is}`);
      const next = acceptJournalRecord(position, offset, decoded.value);
      if (next === null) continue;
      position = next;
      if (decoded.value.body.type !== 'Barrier') events.push(decoded.value);
    }
    return events;
  }

  private judge(): Disposition {
    const [page] = this.world
      .told('page')
      .map((happening) => happening[3] as { kind: string; message: string });
    if (page) return { status: 'halted', problemType: page.kind, detail: page.message };
    const last = this.appended.at(-1);
    if (last && this.running?.tasks.states().get(last.partition) === 'waiting') {
      const why = this.world.told('waiting').at(-1)?.[3];
      return {
        status: 'paused',
        problemType: null,
        detail: typeof why === 'string' ? why : 'the registry is silent',
      };
    }
    const judged = this.appended.map((record) => {
      const events = this.events(record.partition);
      return judgeRecord(
        events.filter(({ cause }) => cause.offset === record.offset),
        events.filter(({ cause }) => cause.offset < record.offset),
      );
    });
    const unkept = judged.findIndex(
      ({ status }, i) => status === 'quarantined' && !this.isKept(this.appended[i]),
    );
    // a message from a journal counts where its mark was new, whatever state made of it
    const counts = judged.map(({ isEffective, status }, i) =>
      this.appended[i]?.headers.length ? status !== 'dropped' : isEffective,
    );
    const effective = counts.flatMap((isCounted, i) => (isCounted ? [i] : []));
    const { status, problemType } = judged.at(-1) ?? { status: 'dropped', problemType: null };
    if (unkept >= 0)
      return { status: 'lost', problemType: null, detail: `the bytes of record ${unkept} are nowhere` };
    return { status, problemType, effective };
  }

  /** Whether the quarantine topic holds the bytes of a record. */
  private isKept(record: Appended | undefined): boolean {
    if (!record) return false;
    const key = `${inboxOf(this.processor)}/${record.partition}:${record.offset}`;
    const kept = this.world.broker.all({ topic: quarantineOf(this.processor), partition: record.partition });
    return kept.some(
      (one) => one.key?.toString() === key && one.value?.equals(record.value ?? Buffer.alloc(0)),
    );
  }
}
