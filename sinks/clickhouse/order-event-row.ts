import type { OrderEventsRow } from '../../schemas/clickhouse-columns.ts';
import type { Event, EventBody } from '../../schemas/generated/orders-events.ts';
import { isNote } from '../../schemas/notes.ts';

/**
 * The row of one event of the orders journal in the lineage of its order; null for what belongs to none. `offset` is of
 * its record.
 */
export function orderEventRow(partition: number, event: Event, offset: bigint): OrderEventsRow | null {
  const { seq, atMs, cause, body } = event;
  const of = orderOf(body);
  if (of === null) return null;
  return {
    ...of,
    partition,
    seq,
    at: atMs,
    event: body.type,
    offset: Number(offset),
    cause_offset: cause.offset,
    cause_source: cause.source,
    cause_seq: cause.seq,
    cause_index: cause.index,
    detail: detailOf(body),
  };
}

/** A note names its aggregate alone; one of news under a provider's reference is of no order. */
function orderOf(body: EventBody): { readonly store: string; readonly order_id: string } | null {
  if ('orderId' in body) return isOrder(body.orderId) ? { store: body.store, order_id: body.orderId } : null;
  return isNote(body) && isOrder(body.key) ? { store: '', order_id: body.key } : null;
}

const isOrder = (key: string): boolean => key.startsWith('o-');

/** Said by other columns, sealed, of a person, or as long as the order. */
const unsaid: ReadonlySet<string> = new Set([
  'type',
  'store',
  'orderId',
  'customerId',
  'paymentToken',
  'shipTo',
  'methodRef',
  'client',
  'by',
  'evidence',
  'fingerprint',
  'holds',
  'commits',
]);

const hasOrderLines = (body: EventBody): boolean =>
  body.type === 'OrderPlaced' || body.type === 'OrderConfirmed';

function detailOf(body: EventBody): string {
  const said: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null || unsaid.has(name) || (name === 'lines' && hasOrderLines(body))) continue;
    said[name] = value;
  }
  return JSON.stringify(said);
}
