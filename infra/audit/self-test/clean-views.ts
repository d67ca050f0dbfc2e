import { orderKeys, stockKeys } from '../../../schemas/redis-keys.ts';
import type { OrderView } from '../../../schemas/order-view.ts';
import type { AnyEvent, RedisEntry } from '../recording.ts';
import type { ShopScript } from './shop-script.ts';
import { store } from './stock-script.ts';

/** The TimePassed that ends the journal. */
export function lastOf(
  shop: ShopScript,
  processor: 'orders' | 'stock',
  partition: number,
): AnyEvent & { offset: number } {
  const last = shop.logs.journals.get(`${processor}/${partition}`)?.at(-1);
  if (last?.event?.body.type !== 'TimePassed') throw new TypeError('the day ends with a tick');
  return { ...last.event, offset: last.offset };
}

function positionEntry(
  shop: ShopScript,
  processor: 'orders' | 'stock',
  partition: number,
  key: string,
): RedisEntry {
  const { offset, seq, writer, cause, body } = lastOf(shop, processor, partition);
  const atMs = body.type === 'TimePassed' ? body.atMs : 0;
  return {
    key,
    value: {
      is: 'hash',
      fields: { offset: `${offset}`, seq: `${seq}`, writer, cause: `${cause.offset}`, atMs: `${atMs}` },
    },
  };
}

/** Every key of the orders view of a partition, as the script says. */
export function orderEntries(shop: ShopScript, partition: number): RedisEntry[] {
  const entries = [positionEntry(shop, 'orders', partition, orderKeys.position(partition))];
  const lists = new Map<string, Map<string, number>>();
  const list = (key: string, { orderId, createdAtMs }: OrderView): void => {
    lists.set(key, (lists.get(key) ?? new Map<string, number>()).set(orderId, createdAtMs));
  };
  for (const { partition: at, view } of shop.orders.values()) {
    if (at !== partition) continue;
    entries.push({
      key: orderKeys.order(partition, view.orderId),
      value: { is: 'string', text: JSON.stringify(view) },
    });
    list(orderKeys.created(partition, store), view);
    list(orderKeys.byStatus(partition, store, view.status), view);
    list(orderKeys.byCustomer(partition, store, view.customerId), view);
    for (const { sku } of view.lines) list(orderKeys.bySku(partition, store, sku), view);
  }
  for (const parked of shop.parked) {
    if (Number(parked.position.split('.')[0]) !== partition) continue;
    entries.push({
      key: orderKeys.parked(partition, parked.orderId),
      value: { is: 'string', text: JSON.stringify(parked) },
    });
  }
  for (const [key, scores] of lists) entries.push({ key, value: { is: 'zset', scores } });
  const streamed = shop.streams.filter((event) => event.partition === partition).slice(-40);
  entries.push({
    key: orderKeys.events(partition),
    value: {
      is: 'stream',
      entries: streamed.map(({ seq, event }) => ({
        id: `${seq}-0`,
        fields: { order: event.orderId, event: JSON.stringify(event) },
      })),
    },
  });
  return entries;
}

export function stockEntries(shop: ShopScript, partition: number): RedisEntry[] {
  const own = [...shop.stock.entries()].filter(([, of]) => of.partition === partition);
  const scores = new Map(own.map(([sku]) => [sku, 0]));
  return [
    positionEntry(shop, 'stock', partition, stockKeys.position(partition)),
    ...(own.length === 0
      ? []
      : [{ key: stockKeys.skus(partition, store), value: { is: 'zset', scores } } satisfies RedisEntry]),
    ...own.map(
      ([sku, { view }]): RedisEntry => ({
        key: stockKeys.sku(partition, store, sku),
        value: { is: 'string', text: JSON.stringify(view) },
      }),
    ),
  ];
}
