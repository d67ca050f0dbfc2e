import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { OrderEventView, OrderView } from '../../schemas/order-view.ts';
import { firstGeneration, orderKeysOf, type ViewGeneration } from '../../schemas/redis-keys.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { foldOrder, type OrderEvent, orderIdOf } from './order-view.ts';
import type { View, ViewUpdate } from './view-update.ts';

/** Orders in Redis, in one generation: the document, its place in the lists, and its events in the partition's stream. */
export function orderDocumentsOf(generation: ViewGeneration): View<OrderEvent, OrderView> {
  const orderKeys = orderKeysOf(generation);
  return {
    name: 'orders',
    topic: journalOf('orders'),
    positionKey: orderKeys.position,
    allKeys: orderKeys.all,
    keyOf: ({ body }, partition) => {
      const orderId = orderIdOf(body);
      return orderId === null ? null : orderKeys.order(partition, orderId);
    },
    fold: foldOrder,
    noteOf: (order, { seq, atMs, body }, partition) => {
      const { orderId, store, status, position } = order;
      const event: OrderEventView = { position, type: body.type, atMs, orderId, store, status };
      const key = orderKeys.events(partition);
      return [{ does: 'append', key, id: `${seq}-0`, order: orderId, event: JSON.stringify(event) }];
    },
    listsOf: (before, after, partition) => {
      const member = after.orderId;
      const score = after.createdAtMs;
      const statusKey = (status: string): string => orderKeys.byStatus(partition, after.store, status);
      const updates: ViewUpdate[] = [];
      if (!before) {
        const { store, customerId } = after;
        updates.push({ does: 'list', key: orderKeys.created(partition, store), score, member });
        updates.push({
          does: 'list',
          key: orderKeys.byCustomer(partition, store, customerId),
          score,
          member,
        });
        for (const sku of skusOf(after.lines)) {
          updates.push({ does: 'list', key: orderKeys.bySku(partition, store, sku), score, member });
        }
      }
      if (before?.status === after.status) return updates;
      if (before) updates.push({ does: 'unlist', key: statusKey(before.status), member });
      updates.push({ does: 'list', key: statusKey(after.status), score, member });
      return updates;
    },
    updatesMax: ({ body }) => documentUpdates + listUpdates(body),
  };
}

/** Of the first generation. */
export const orderDocuments = orderDocumentsOf(firstGeneration);

/** The document, one stream entry, out of one status and into another. */
const documentUpdates = 4;

const listUpdates = (body: EventBody): number =>
  body.type === 'OrderPlaced' ? 2 + skusOf(body.lines).size : 0;

const skusOf = (lines: readonly { readonly sku: string }[]): ReadonlySet<string> =>
  new Set(lines.map(({ sku }) => sku));
