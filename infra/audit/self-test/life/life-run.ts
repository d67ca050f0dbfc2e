import type { Event } from '../../../../schemas/generated/orders-events.ts';
import type { StockView } from '../../../../schemas/stock-view.ts';
import { orderKeys, stockKeys } from '../../../../schemas/redis-keys.ts';
import { nothingGiven } from '../../given.ts';
import { ledgerRowsOf } from '../../ledger-rows.ts';
import { lineageOf } from '../../life-rows.ts';
import { type Document, documentOf, foldDocument } from '../../order-document.ts';
import type { AnyEvent, RedisEntry, SinkPosition } from '../../recording.ts';
import { listsOf } from '../../order-lists.ts';
import { foldStockDocument } from '../../stock-document.ts';
import { type MemoryRun, minutesOf, noTables } from '../memory-recording.ts';
import * as cancels from './cancel-ways.ts';
import { LifeScript, store } from './life-script.ts';
import * as money from './money-ways.ts';
import * as sales from './sale-ways.ts';

const partitions = 2;

/**
 * Orders of every way through their life: cancelled at each stage, shipped and returned in parts, refunded, given up,
 * charged back, looked up, handed to a person. What Redis and ClickHouse hold is folded by the auditor's own folds, which
 * have tests of their own; the logs and the provider's book are told by hand. Every rule must find nothing in it.
 */
export function createLifeRun(): MemoryRun {
  const life = new LifeScript(partitions);
  life.logs.privileged.deploy(store);
  for (const sku of ['LAMP', 'MUG']) life.receive(sku, 500);
  cancels.cancelHolding(life);
  cancels.cancelAuthorizing(life);
  cancels.cancelCommitting(life);
  cancels.cancelCapturing(life);
  cancels.cancelConfirmed(life);
  sales.wholeLife(life);
  sales.failingRefunds(life);
  sales.limited(life);
  sales.declined(life);
  money.unknownThenFound(life);
  money.lapsed(life);
  money.captureFails(life);
  money.disputes(life);
  money.person(life);
  money.hints(life);
  money.free(life);
  money.neverActs(life);
  money.lateMoney(life);
  money.waitsForPerson(life);
  sales.lapsedReturn(life);
  life.logs.tick();
  return toRun(life);
}

function toRun(life: LifeScript): MemoryRun {
  const { logs, client, operations, payments } = life;
  const views = new Map<string, RedisEntry[]>();
  const positions: SinkPosition[] = [];
  const tables = noTables();
  for (let partition = 0; partition < partitions; partition += 1) {
    const events = eventsOf(life, 'orders', partition);
    const { offset, seq, writer } = lastOf(events);
    positions.push({ partition, offset, seq, writer });
    views.set(`orders/${partition}`, [
      positionEntry(orderKeys.position(partition), events),
      ...orderEntries(events, partition),
    ]);
    const stock = eventsOf(life, 'stock', partition);
    views.set(`stock/${partition}`, [
      positionEntry(stockKeys.position(partition), stock),
      ...stockEntries(stock, partition),
    ]);
    const taxRules = new Map();
    for (const event of events) {
      const rows = ledgerRowsOf(partition, event as Event, taxRules);
      for (const { table, row } of [...rows, ...lineageOf(partition, event as Event, event.offset)])
        tables[table].push(row);
    }
  }
  return {
    partitions,
    atRest: true,
    restAtMs: logs.now + 5_000,
    hasRedis: true,
    given: nothingGiven,
    inboxes: logs.inboxes,
    journals: logs.journals,
    views,
    tables,
    sales: minutesOf(tables.orders),
    positions,
    client,
    operations,
    audit: logs.privileged.audit,
    config: logs.privileged.config,
    customers: logs.privileged.customers,
    payments,
  };
}

type Placed = AnyEvent & { readonly offset: number };

const eventsOf = (life: LifeScript, processor: string, partition: number): readonly Placed[] =>
  (life.logs.journals.get(`${processor}/${partition}`) ?? []).flatMap(({ event, offset }) =>
    event && event.body.type !== 'Barrier' ? [{ ...event, offset }] : [],
  );

function lastOf(events: readonly Placed[]): Placed {
  const last = events.at(-1);
  if (last?.body.type !== 'TimePassed') throw new TypeError('the day ends with a tick');
  return last;
}

function positionEntry(key: string, events: readonly Placed[]): RedisEntry {
  const { offset, seq, writer, cause, atMs } = lastOf(events);
  const fields = { offset: `${offset}`, seq: `${seq}`, writer, cause: `${cause.offset}`, atMs: `${atMs}` };
  return { key, value: { is: 'hash', fields } };
}

function orderEntries(events: readonly Placed[], partition: number): RedisEntry[] {
  const documents = new Map<string, Document>();
  const stream: { id: string; fields: Record<string, string> }[] = [];
  for (const { body, seq, atMs } of events as readonly (Event & { offset: number })[]) {
    const orderId = documentOf(body);
    if (orderId === null) continue;
    const position = `${partition}.${seq}`;
    const document = foldDocument(documents.get(orderId), body, { atMs, position });
    if (!document) continue;
    documents.set(orderId, document);
    const { store, status } = document;
    const event = JSON.stringify({ position, type: body.type, atMs, orderId, store, status });
    stream.push({ id: `${seq}-0`, fields: { order: orderId, event } });
  }
  const lists = new Map<string, Map<string, number>>();
  for (const document of documents.values())
    for (const [key, score] of listsOf(partition, document))
      lists.set(key, (lists.get(key) ?? new Map<string, number>()).set(document.orderId, score));
  return [
    ...[...documents.values()].map(
      (document): RedisEntry => ({
        key: orderKeys.order(partition, document.orderId),
        value: { is: 'string', text: JSON.stringify(document) },
      }),
    ),
    ...[...lists].map(([key, scores]): RedisEntry => ({ key, value: { is: 'zset', scores } })),
    { key: orderKeys.events(partition), value: { is: 'stream', entries: stream } },
  ];
}

function stockEntries(events: readonly Placed[], partition: number): RedisEntry[] {
  const documents = new Map<string, StockView>();
  for (const { body, seq, atMs } of events) {
    if (!('sku' in body)) continue;
    const key = stockKeys.sku(partition, body.store, body.sku);
    const at = { atMs, position: `${partition}.${seq}` };
    const document = foldStockDocument(documents.get(key), body as never, at);
    if (document) documents.set(key, document);
  }
  const scores = new Map([...documents.values()].map(({ sku }) => [sku, 0]));
  const list: RedisEntry = { key: stockKeys.skus(partition, store), value: { is: 'zset', scores } };
  return [
    ...(documents.size > 0 ? [list] : []),
    ...[...documents].map(
      ([key, document]): RedisEntry => ({
        key,
        value: { is: 'string', text: JSON.stringify(document) },
      }),
    ),
  ];
}
