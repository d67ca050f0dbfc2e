import type { OrderView } from '../../schemas/order-view.ts';
import { orderKeys } from '../../schemas/redis-keys.ts';

/** The lists an order stands in, with its score: sorted sets by creation time, or by the time since when it is so. */
export function listsOf(partition: number, order: OrderView): ReadonlyMap<string, number> {
  const { store, customerId, status, lines, createdAtMs, payment, refunds, persons } = order;
  const lists = new Map([
    [orderKeys.created(partition, store), createdAtMs],
    [orderKeys.byCustomer(partition, store, customerId), createdAtMs],
    [orderKeys.byStatus(partition, store, status), createdAtMs],
  ]);
  for (const { sku } of lines) lists.set(orderKeys.bySku(partition, store, sku), createdAtMs);
  const unknown = refunds.filter((refund) => refund.status === 'unknown').map(({ sinceMs }) => sinceMs);
  if (payment.status === 'unknown') unknown.push(payment.sinceMs ?? 0);
  if (unknown.length > 0) lists.set(orderKeys.unknownMoney(partition, store), Math.min(...unknown));
  const due = refunds.filter((refund) => refund.status === 'due');
  const waiting = [...persons, ...due].map(({ sinceMs }) => sinceMs);
  if (waiting.length > 0) lists.set(orderKeys.person(partition, store), Math.min(...waiting));
  return lists;
}
