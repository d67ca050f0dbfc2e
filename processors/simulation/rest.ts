import type { AnyEvent } from '../../infra/audit/recording.ts';
import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import { isPartitionEvent } from '../../schemas/notes.ts';
import { tickKeyOf } from '../../schemas/murmur2.ts';
import { orderEventRow } from '../../sinks/clickhouse/order-event-row.ts';
import { addOrderRows, countRows, noRows } from '../../sinks/clickhouse/order-rows.ts';
import { addStockRows } from '../../sinks/clickhouse/stock-rows.ts';
import { orderKeys, stockKeys } from '../../schemas/redis-keys.ts';
import { inboxOf, journalOf, type ProcessorName, processorNames } from '../../schemas/topic-catalogue.ts';
import type { Shop } from './shop.ts';
import type { SimWorld } from './sim-world.ts';

/** What comes still on its way after the last order has ended: repeats, late copies. */
const stillForMs = 1_500;
const lookEveryMs = 200;
/** A partition's time is at most so old where the clock ticks (I-20 has 20 s; idle ones tick every 15 s). */
const freshMs = 17_000;

/** A valid event of a journal that the sink follows. */
interface FollowedEvent {
  readonly event: AnyEvent;
  readonly offset: bigint;
}

/** One processor's partition, read on from look to look. */
interface Partition {
  readonly processor: ProcessorName;
  readonly partition: number;
  readonly tick: Buffer;
  inboxSeen: number;
  /** Offset of the last inbox record that is no Tick. */
  lastCommand: number;
  journalSeen: number;
  position: JournalPosition;
  decided: number;
  /** Of its last TimePassed, epoch ms. */
  watermarkMs: number;
  /** Last valid record as of the look before, and last event that makes rows for the sink. */
  seenBefore: bigint | null;
  lastRow: number;
  /** seq of the last event of an order, a SKU or a product. */
  lastEvent: number;
  hasLooked: boolean;
}

/**
 * Whether a healed world has come to rest: nobody sleeps, every request is settled, every command is decided and
 * every order ended, and nothing but the clock's own records has come for a while. It looks at the topics alone.
 */
export class Rest {
  private readonly world: SimWorld;
  private readonly shop: Shop;
  private readonly partitions: readonly Partition[];
  private readonly open = new Set<string>();
  private stillSinceMs: number;
  private nextLookMs = 0;

  constructor(world: SimWorld, shop: Shop) {
    this.world = world;
    this.shop = shop;
    this.stillSinceMs = world.scheduler.nowMs();
    const { partitions } = world.shape;
    this.partitions = processorNames.flatMap((processor) =>
      Array.from({ length: partitions }, (_, partition) => ({
        processor,
        partition,
        tick: Buffer.from(tickKeyOf(partition, partitions)),
        inboxSeen: 0,
        lastCommand: -1,
        journalSeen: 0,
        position: journalStart,
        decided: -1,
        watermarkMs: 0,
        seenBefore: null,
        lastRow: 0,
        lastEvent: 0,
        hasLooked: false,
      })),
    );
  }

  isReached(): boolean {
    const nowMs = this.world.scheduler.nowMs();
    if (nowMs < this.nextLookMs) return false;
    this.nextLookMs = nowMs + lookEveryMs;
    let moved = this.shop.open > 0;
    for (const process of this.world.hosts.keys()) if (!process.isAlive) moved = true;
    for (const partition of this.partitions) if (this.readInbox(partition)) moved = true;
    if (moved) this.stillSinceMs = nowMs;
    if (nowMs - this.stillSinceMs < stillForMs) return false;
    for (const partition of this.partitions) {
      partition.seenBefore = partition.hasLooked ? partition.position.offset : null;
      partition.hasLooked = true;
      this.readJournal(partition);
    }
    return (
      this.open.size === 0 &&
      this.partitions.every(({ decided, lastCommand }) => decided >= lastCommand) &&
      this.partitions.every(({ watermarkMs }) => nowMs - watermarkMs < freshMs) &&
      this.partitions.every((partition) => !this.isViewBehind(partition) && !this.isSinkBehind(partition))
    );
  }

  /** What is not at rest, for whoever reads a failure. */
  describe(): string {
    const undecided = this.partitions.filter(({ decided, lastCommand }) => decided < lastCommand);
    const places = undecided.map(
      ({ processor, partition, decided, lastCommand }) =>
        `${processor}/${partition} decided ${decided} of ${lastCommand}`,
    );
    const behind = this.partitions.flatMap((partition) => [
      ...(this.isViewBehind(partition)
        ? [`view of ${partition.processor}/${partition.partition} behind`]
        : []),
      ...(this.isSinkBehind(partition)
        ? [`sink of ${partition.processor}/${partition.partition} behind`]
        : []),
    ]);
    return [`${this.open.size} orders open, ${this.shop.open} requests open`, ...places, ...behind].join(
      '; ',
    );
  }

  private isViewBehind({ processor, partition, seenBefore, lastEvent }: Partition): boolean {
    if (!this.world.hasRole('views') || processor === 'catalogue') return false;
    const keys = processor === 'orders' ? orderKeys : stockKeys;
    const [offset, seq] = this.world.parts.redis.readPosition(keys.position(partition));
    if (seenBefore === null || offset == null) return true;
    return BigInt(offset) < seenBefore || Number(seq) < lastEvent;
  }

  private isSinkBehind({ processor, partition, lastRow }: Partition): boolean {
    if (!this.world.hasRole('sink') || processor === 'catalogue') return false;
    const { position } = this.world.parts.clickhouse.readPosition({ topic: journalOf(processor), partition });
    return position.seq < lastRow;
  }

  private readInbox(partition: Partition): boolean {
    const records = this.world.log.all({
      topic: inboxOf(partition.processor),
      partition: partition.partition,
    });
    let moved = false;
    for (; partition.inboxSeen < records.length; partition.inboxSeen += 1) {
      const record = records[partition.inboxSeen];
      if (!record || record.key?.equals(partition.tick)) continue;
      partition.lastCommand = Number(record.offset);
      moved = true;
    }
    return moved;
  }

  private readJournal(partition: Partition): void {
    const { processor } = partition;
    const records = this.world.log.all({ topic: journalOf(processor), partition: partition.partition });
    const codec = this.world.codecs.journal<AnyEvent>(processor);
    const followed: FollowedEvent[] = [];
    for (; partition.journalSeen < records.length; partition.journalSeen += 1) {
      const record = records[partition.journalSeen];
      const decoded = record && codec.decode(record.value);
      if (!record || decoded?.is !== 'value') continue;
      const event = decoded.value;
      const next = acceptJournalRecord(partition.position, record.offset, event);
      if (next === null) continue;
      partition.position = next;
      if (event.body.type === 'Barrier') continue;
      partition.decided = Math.max(partition.decided, event.cause.offset);
      if (!isPartitionEvent(event.body)) partition.lastEvent = event.seq;
      if (event.body.type === 'TimePassed') partition.watermarkMs = event.atMs;
      if (processor === 'orders') this.follow(event.body);
      if (processor !== 'catalogue') followed.push({ event, offset: record.offset });
    }
    if (!this.world.hasRole('sink')) return;
    const withRows = followed.findLast((each) => makesRows(processor, partition.partition, each));
    if (withRows) partition.lastRow = withRows.event.seq;
  }

  private follow(body: AnyEvent['body']): void {
    if (body.type === 'OrderPlaced') this.open.add(body.orderId);
    else if (body.type === 'OrderConfirmed' || body.type === 'OrderClosed') this.open.delete(body.orderId);
  }
}

function makesRows(processor: ProcessorName, partition: number, { event, offset }: FollowedEvent): boolean {
  const rows = noRows();
  if (processor === 'stock') {
    addStockRows(rows, partition, event as StockEvent);
    return countRows(rows) > 0;
  }
  addOrderRows(rows, partition, event as OrderEvent);
  return orderEventRow(partition, event as OrderEvent, offset) !== null || countRows(rows) > 0;
}
