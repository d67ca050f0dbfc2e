import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { type OrderEventView, type OrderView, toOrderView } from '../../schemas/order-view.ts';
import type { ParkedOrderView } from '../../schemas/parked-order.ts';
import { firstGeneration, orderKeysOf, type ViewGeneration } from '../../schemas/redis-keys.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { foldOrder, type OrderEvent, orderIdOf } from './order-view.ts';
import { personSinceMs, unknownSinceMs } from '../../schemas/order-waits.ts';
import { changesParked, foldParkedOrder } from './parked-order-view.ts';
import type { View, ViewUpdate } from './view-update.ts';

/** Under the key of an order, or under the key of what of it is parked. */
export type OrderDocument = OrderView | ParkedOrderView;

const isParked = (document: OrderDocument): document is ParkedOrderView => 'parked' in document;

/**
 * Orders in Redis, in one generation: the document, its place in the lists, and its events in the partition's stream;
 * beside it the order's parked commands, which no list and no stream tells of.
 */
export function orderDocumentsOf(generation: ViewGeneration): View<OrderEvent, OrderDocument> {
  const orderKeys = orderKeysOf(generation);
  return {
    name: 'orders',
    topic: journalOf('orders'),
    positionKey: orderKeys.position,
    allKeys: orderKeys.all,
    keyOf: ({ body }, partition) => {
      if (changesParked(body)) return orderKeys.parked(partition, body.key);
      const orderId = orderIdOf(body);
      return orderId === null ? null : orderKeys.order(partition, orderId);
    },
    parse: parseDocument,
    fold: foldDocument,
    isGone: (document) => isParked(document) && document.parked.length === 0,
    noteOf: (order, { seq, atMs, body }, partition) => {
      if (isParked(order)) return [];
      const { orderId, store, status, position } = order;
      const event: OrderEventView = { position, type: body.type, atMs, orderId, store, status };
      const key = orderKeys.events(partition);
      return [{ does: 'append', key, id: `${seq}-0`, order: orderId, event: JSON.stringify(event) }];
    },
    listsOf: (was, after, partition) => {
      if (isParked(after)) return [];
      const before = was && !isParked(was) ? was : undefined;
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
      if (before?.status !== after.status) {
        if (before) updates.push({ does: 'unlist', key: statusKey(before.status), member });
        updates.push({ does: 'list', key: statusKey(after.status), score, member });
      }
      const unknownKey = orderKeys.unknownMoney(partition, after.store);
      const personKey = orderKeys.person(partition, after.store);
      return [
        ...updates,
        ...listSince(unknownKey, member, before && unknownSinceMs(before), unknownSinceMs(after)),
        ...listSince(personKey, member, before && personSinceMs(before), personSinceMs(after)),
      ];
    },
    updatesMax: ({ body }) => documentUpdates + listUpdates(body),
  };
}

const parseDocument = (json: string): OrderDocument => {
  const document = JSON.parse(json) as OrderDocument;
  return isParked(document) ? document : toOrderView(document);
};

/** The key says which of the two an event is of. */
function foldDocument(
  before: OrderDocument | undefined,
  event: OrderEvent,
  partition: number,
): OrderDocument | undefined {
  const { body } = event;
  if (changesParked(body))
    return foldParkedOrder(before && isParked(before) ? before : undefined, { ...event, body }, partition);
  return foldOrder(before && !isParked(before) ? before : undefined, event, partition);
}

/** Of the first generation. */
export const orderDocuments = orderDocumentsOf(firstGeneration);

/** A list of what is so since some time: in, out, or in anew. */
function listSince(
  key: string,
  member: string,
  before: number | null | undefined,
  after: number | null,
): readonly ViewUpdate[] {
  if ((before ?? null) === after) return [];
  return after === null ? [{ does: 'unlist', key, member }] : [{ does: 'list', key, score: after, member }];
}

/** The document, one stream entry, out of one status and into another; in or out of the lists of unknown and person. */
const documentUpdates = 6;

const listUpdates = (body: EventBody): number =>
  body.type === 'OrderPlaced' ? 2 + skusOf(body.lines).size : 0;

const skusOf = (lines: readonly { readonly sku: string }[]): ReadonlySet<string> =>
  new Set(lines.map(({ sku }) => sku));
