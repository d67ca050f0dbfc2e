import { paymentDefaults } from '../../../processors/payments/payment-schedule.ts';
import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import type { EventBody as OrderEvent } from '../../../schemas/generated/orders-events.ts';
import type { EventBody as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { skuKeyOf } from '../../../schemas/ids.ts';
import { partitionOf, tickKeyOf } from '../../../schemas/murmur2.ts';
import { inboxOf, journalOf } from '../../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../../schemas/topic-codec.ts';
import { createOrdersDomain } from '../../../processors/orders/orders-domain.ts';
import type { Log, OutgoingRecord } from '../../clients/log.ts';
import { createOrderSource, sagaLitePartitions } from '../saga-lite/workload.ts';
import { benchStore } from '../saga-lite/workload.ts';

const partitions = sagaLitePartitions;
const recordsPerAppend = 900;
/** Long before now, so that no clock of the run stands before it. */
const atMs = 1_700_000_000_000;
/** Long after now: the orders stay open. Hold times that are over would have them all expire at the first Tick. */
const holdTtlMs = 20 * 365 * 86_400_000;
const writer = 'filled-by-the-benchmark';

const recoverySku = (n: number): string => `SKU${String(n).padStart(7, '0')}`;

/** What one processor is to have behind it. */
interface Filling<E extends Body> {
  readonly processor: 'orders' | 'stock';
  readonly codec: TopicCodec<EventEnvelope<Body>>;
  readonly commands: TopicCodec<CommandEnvelope<Body>>;
  /** Events that make the live state; each of its own aggregate. */
  readonly count: number;
  event(index: number): { readonly key: string; readonly body: E };
}

export interface RecoveryBooks {
  readonly log: Log;
  readonly codecs: {
    readonly ordersEvents: TopicCodec<EventEnvelope<Body>>;
    readonly stockEvents: TopicCodec<EventEnvelope<Body>>;
    readonly ordersCommands: TopicCodec<CommandEnvelope<Body>>;
    readonly stockCommands: TopicCodec<CommandEnvelope<Body>>;
  };
  readonly orders: number;
  readonly skus: number;
  /** Events for each aggregate: 1 makes it, the others (notes) are history that leaves its state as it is. */
  readonly history: number;
}

/** Writes valid journals straight to the log, in bulk: `orders` open orders and `skus` SKUs with stock. */
export async function fillJournals(books: RecoveryBooks): Promise<number> {
  const { codecs, orders, skus } = books;
  const order = createOrderSource({ seed: 1, skus, hotShare: 0 });
  const domain = createOrdersDomain({ holdTtlMs, payments: paymentDefaults });
  const placed: Filling<OrderEvent> = {
    processor: 'orders',
    codec: codecs.ordersEvents,
    commands: codecs.ordersCommands,
    count: orders,
    event(index) {
      const command = order(index);
      const [body] = domain.decide(undefined, command, atMs);
      if (!body) throw new Error('an order that is not placed');
      return { key: command.body.orderId, body };
    },
  };
  const received: Filling<StockEvent> = {
    processor: 'stock',
    codec: codecs.stockEvents,
    commands: codecs.stockCommands,
    count: skus,
    event(index) {
      const sku = recoverySku(index);
      const ids = { commandId: null, fingerprint: null, requestId: null };
      const body = {
        type: 'StockReceived',
        store: benchStore,
        sku,
        quantity: 1_000,
        reason: 'opening',
        ...ids,
      } as const;
      return { key: skuKeyOf(benchStore, sku), body };
    },
  };
  return (await fill(books, placed)) + (await fill(books, received));
}

/** Returns how many events it wrote. */
async function fill<E extends Body>({ log, history }: RecoveryBooks, filling: Filling<E>): Promise<number> {
  const { processor, codec, commands, count } = filling;
  const journal = new BulkJournal(log, journalOf(processor), codec);
  for (let partition = 0; partition < partitions; partition += 1) {
    const tick = {
      store: '',
      commandId: null,
      fingerprint: null,
      requestId: null,
      body: { type: 'Tick', writer },
    };
    const records = [{ key: tickKeyOf(partition, partitions), value: commands.encode(tick) }];
    const [outcome] = await log.append([{ topic: inboxOf(processor), partition, records }]);
    if (outcome?.is !== 'appended' || outcome.baseOffset !== 0n) throw new Error('the inbox is not fresh');
    await journal.add(partition, null, { type: 'Barrier', writer, follows: null } as Body);
  }
  for (let index = 0; index < count; index += 1) {
    const { key, body } = filling.event(index);
    const partition = partitionOf(key, partitions);
    await journal.add(partition, key, body);
    const note = {
      type: 'CommandIgnored',
      command: 'Halt',
      key,
      reason: 'already',
      commandId: null,
      fingerprint: null,
    };
    for (let more = 1; more < history; more += 1) await journal.add(partition, key, note);
  }
  // the last event of each: time passed, and all messages before it are acknowledged
  for (let partition = 0; partition < partitions; partition += 1) {
    await journal.add(partition, null, { type: 'TimePassed', atMs } as Body);
  }
  await journal.flush();
  return journal.written;
}

/** Appends events of one writer to the partitions of a journal, dense, all caused by the first inbox record. */
class BulkJournal {
  written = 0;
  private readonly log: Log;
  private readonly topic: string;
  private readonly codec: TopicCodec<EventEnvelope<Body>>;
  private readonly seqs: number[] = Array.from({ length: partitions }, () => 0);
  private waiting: OutgoingRecord[][] = Array.from({ length: partitions }, () => []);

  constructor(log: Log, topic: string, codec: TopicCodec<EventEnvelope<Body>>) {
    this.log = log;
    this.topic = topic;
    this.codec = codec;
  }

  /** A promise only where a send is due: there are millions. */
  add(partition: number, key: string | null, body: Body): Promise<void> | undefined {
    const before = this.seqs[partition] ?? 0;
    const seq = body.type === 'Barrier' ? before : before + 1;
    this.seqs[partition] = seq;
    const cause = { offset: 0, source: null, seq: null, index: null };
    const routedThrough = Math.max(0, seq - 1);
    const value = this.codec.encode({ seq, writer, cause, atMs, routedThrough, version: 1, body });
    const records = this.waiting[partition] ?? [];
    records.push({ key, value });
    this.written += 1;
    return records.length < recordsPerAppend ? undefined : this.flush();
  }

  async flush(): Promise<void> {
    const appends = this.waiting.flatMap((records, partition) =>
      records.length > 0 ? [{ topic: this.topic, partition, records }] : [],
    );
    this.waiting = Array.from({ length: partitions }, () => []);
    const failed = (await this.log.append(appends)).find(({ is }) => is !== 'appended');
    if (failed) throw new Error(`an append is ${failed.is}`);
  }
}

/** Appends one command to each inbox partition that its owner must answer with an event, whatever its state. */
export async function receiveOnEach(
  log: Log,
  processor: 'orders' | 'stock',
  codec: TopicCodec<CommandEnvelope<Body>>,
): Promise<void> {
  const appends = Array.from({ length: partitions }, (_, partition) => {
    for (let n = 0; ; n += 1) {
      const sku = `X${n}`;
      const orderId = `o-none-${n}`;
      const key = processor === 'stock' ? skuKeyOf(benchStore, sku) : orderId;
      if (partitionOf(key, partitions) !== partition) continue;
      const body: Body =
        processor === 'stock'
          ? ({ type: 'Halt', sku, reason: 'recall' } as Body)
          : ({ type: 'HoldReleased', holdId: `${orderId}:A`, orderId, sku: 'A', quantity: 1 } as Body);
      const value = codec.encode({
        store: benchStore,
        commandId: null,
        fingerprint: null,
        requestId: null,
        body,
      });
      return { topic: inboxOf(processor), partition, records: [{ key, value }] };
    }
  });
  const failed = (await log.append(appends)).find(({ is }) => is !== 'appended');
  if (failed) throw new Error(`an append is ${failed.is}`);
}
