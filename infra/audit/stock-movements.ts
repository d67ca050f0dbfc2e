import type { StockMovementsRow } from '../../schemas/clickhouse-columns.ts';
import type { Event, EventBody } from '../../schemas/generated/stock-events.ts';
import type { TableRow } from './ledger-rows.ts';

/** Signs by which the pieces of an event go on hand, into the held and into the allocated ones. */
const signs: Partial<
  Readonly<Record<EventBody['type'], readonly [onHand: number, held: number, allocated: number]>>
> = {
  StockReceived: [1, 0, 0],
  StockAdjusted: [1, 0, 0],
  StockRestocked: [1, 0, 0],
  SkuHalted: [0, 0, 0],
  SkuResumed: [0, 0, 0],
  HoldPlaced: [0, 1, 0],
  HoldRefused: [0, 0, 0],
  HoldReleased: [0, -1, 0],
  HoldCommitted: [-1, -1, 1],
  CommitReversed: [1, 0, -1],
  AllocationShipped: [0, 0, -1],
};

/** What `stock_movements` must hold of an event of the stock journal; the auditor's own reading. */
export function movementsOf(partition: number, { seq, atMs, body }: Event): TableRow[] {
  const sign = signs[body.type];
  if (sign === undefined || !('sku' in body) || ('repeat' in body && body.repeat)) return [];
  const units = 'quantity' in body ? body.quantity : 0;
  const [onHand, held, allocated] = sign.map((each) => (each === 0 || units === 0 ? 0 : each * units));
  const row: StockMovementsRow = {
    store: body.store,
    partition,
    seq,
    at: atMs,
    order_id: 'orderId' in body ? body.orderId : '',
    event: body.type,
    sku: body.sku,
    units,
    on_hand_change: onHand ?? 0,
    held_change: held ?? 0,
    allocated_change: allocated ?? 0,
    available: 'available' in body ? body.available : null,
    reason: 'reason' in body ? body.reason : null,
    ref: refOf(body),
  };
  return [{ table: 'stock_movements', row }];
}

function refOf(body: EventBody): string | null {
  if ('shipmentId' in body) return body.shipmentId;
  if ('holdId' in body) return body.holdId;
  if ('returnId' in body) return body.returnId;
  return 'commandId' in body ? body.commandId : null;
}
