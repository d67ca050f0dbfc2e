import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import type { AnyEvent, Recording, RedisEntry } from '../audit/recording.ts';
import { compareHolds } from './compare-holds.ts';
import { compareRestocks } from './compare-restocks.ts';
import { compareView, type StockViewPartition, toViewPartition } from './compare-view.ts';
import type { Difference } from './difference.ts';
import { type AskedHold, type AskedRestock, OrderAsks } from './order-asks.ts';
import { keptOf, type LedgerSku, StockLedger } from './stock-ledger.ts';

export interface StockCheck {
  readonly skus: number;
  readonly holds: number;
  readonly orders: number;
  /** Documents of the view that were compared; null: no view was there to compare. */
  readonly documents: number | null;
  readonly differences: readonly Difference[];
}

export type CheckedRecording = Pick<Recording, 'partitions' | 'journal' | 'redis'>;

/**
 * Recomputes levels and holds from the stock journal, and compares them with what orders asked for and with the Redis
 * view. The pipeline may run meanwhile: views are read first, then stock, then orders, so that whatever stands in one
 * of them stands in what is read after it. Throws on a journal record that cannot be read.
 */
export async function checkStock(recording: CheckedRecording): Promise<StockCheck> {
  const { partitions } = recording;
  const views = await readViews(recording);
  const ledger = new StockLedger((partition) => views[partition]?.seq ?? null);
  await readJournal(recording, 'stock', (partition, event) => ledger.fold(partition, event as StockEvent));
  const asks = new OrderAsks((key, source, pair) =>
    ledger.hasDecided(partitionOf(key, partitions), source, pair),
  );
  await readJournal(recording, 'orders', (partition, event) => asks.fold(partition, event as OrderEvent));
  const seen = views.filter((view) => view !== null);
  return {
    skus: ledger.skus.size,
    holds: [...ledger.skus.values()].reduce((sum, { holds }) => sum + holds.size, 0),
    orders: asks.orders.size,
    documents: seen.length === 0 ? null : seen.reduce((sum, { documents }) => sum + documents.size, 0),
    differences: [
      ...compareSkus(ledger.skus, asks),
      ...seen.flatMap((view) => compareView(view, ledger.skus)),
    ],
  };
}

/** Journals against each other and against themselves; pure. */
function compareSkus(skus: ReadonlyMap<string, LedgerSku>, asks: OrderAsks): readonly Difference[] {
  const held = new Map<string, AskedHold[]>();
  for (const order of asks.orders.values()) {
    for (const hold of order.holds.values()) {
      const of = held.get(hold.key);
      if (of) of.push(hold);
      else held.set(hold.key, [hold]);
    }
  }
  const restocks = new Map<string, Map<string, AskedRestock>>();
  for (const asked of asks.restocks.values()) {
    const of = restocks.get(asked.key) ?? new Map<string, AskedRestock>();
    restocks.set(asked.key, of.set(`${asked.returnId}:${asked.receiptId}`, asked));
  }
  return [...skus].flatMap(([key, of]) => {
    if (of.parked > 0) return [parked(key, of)];
    return [
      ...contradictions(key, of),
      ...compareHolds(of, asks, held.get(key) ?? []),
      ...compareRestocks(of, restocks.get(key) ?? new Map()),
    ];
  });
}

const parked = (key: string, of: LedgerSku): Difference => ({
  class: 'parked',
  key,
  about: null,
  what: `${of.parked} commands wait`,
  mend: `npx millrace dlq redrive stock ${key}`,
  repair: null,
});

/** What the journal says against itself: its first impossible event, and levels that are not the sum of its holds. */
function contradictions(key: string, { broken, now, holds }: LedgerSku): readonly Difference[] {
  const of = (what: string): Difference => ({
    class: 'level-broken',
    key,
    about: null,
    what,
    mend: 'npx millrace verify',
    repair: null,
  });
  if (broken !== null) return [of(broken)];
  let held = 0;
  let allocated = 0;
  for (const hold of holds.values()) {
    if (hold.state === 'open') held += keptOf(hold);
    if (hold.state === 'committed') allocated += keptOf(hold);
  }
  return [
    ...(held === (now?.held ?? 0) ? [] : [of(`${now?.held} held, its open holds come to ${held}`)]),
    ...(allocated === (now?.allocated ?? 0)
      ? []
      : [of(`${now?.allocated} allocated, its sales come to ${allocated}`)]),
  ];
}

async function readViews({ redis, partitions }: CheckedRecording): Promise<(StockViewPartition | null)[]> {
  if (!redis) return [];
  const views: (StockViewPartition | null)[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const entries: RedisEntry[] = [];
    for await (const entry of redis('stock', partition)) entries.push(entry);
    views.push(toViewPartition(partition, entries));
  }
  return views;
}

/** The valid events of every partition, by the one rule. */
async function readJournal(
  { journal, partitions }: CheckedRecording,
  processor: 'orders' | 'stock',
  take: (partition: number, event: AnyEvent) => void,
): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) {
    let position: JournalPosition = journalStart;
    for await (const records of journal(processor, partition)) {
      for (const { offset, event } of records) {
        if (!event) throw new TypeError(`${processor}/${partition} offset ${offset} cannot be decoded`);
        const accepted = acceptJournalRecord(position, BigInt(offset), event);
        position = accepted ?? position;
        if (accepted !== null && event.body.type !== 'Barrier') take(partition, event);
      }
    }
  }
}
