import { assertNever } from '../../schemas/assert-never.ts';
import type { StockMovementsRow } from '../../schemas/clickhouse-columns.ts';
import type { Event } from '../../schemas/generated/stock-events.ts';
import type { RowsByTable } from './order-rows.ts';

/**
 * Adds the row of one event of the stock journal to `rows`, if it has one. The row is a function of the event and its
 * journal partition alone: it says what changed, not what stands there after it.
 */
export function addStockRows(rows: RowsByTable, partition: number, event: Event): void {
  const row = stockRow(partition, event);
  if (row !== null) rows.stock_movements.push(row);
}

const unmoved = { on_hand_change: 0, held_change: 0, allocated_change: 0, available: null, reason: null };

function stockRow(partition: number, { seq, atMs, body }: Event): StockMovementsRow | null {
  if ('repeat' in body && body.repeat) return null; // the same answer again: no level changes
  switch (body.type) {
    case 'StockReceived':
    case 'StockAdjusted':
    case 'StockRestocked':
    case 'SkuHalted':
    case 'SkuResumed': {
      const units = 'quantity' in body ? body.quantity : 0;
      return {
        ...originOf(partition, seq, atMs, body),
        ...unmoved,
        units,
        on_hand_change: units,
        reason: 'reason' in body ? body.reason : null,
        ref: body.type === 'StockRestocked' ? body.returnId : body.commandId,
      };
    }
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldCommitted':
    case 'HoldReleased':
    case 'CommitReversed':
    case 'AllocationShipped': {
      const { quantity: units } = body;
      const change = changeByUnit[body.type];
      return {
        ...originOf(partition, seq, atMs, body),
        units,
        on_hand_change: units === 0 ? 0 : units * change.onHand,
        held_change: units === 0 ? 0 : units * change.held,
        allocated_change: units === 0 ? 0 : units * change.allocated,
        available: body.type === 'HoldRefused' ? body.available : null,
        reason: 'reason' in body ? body.reason : null,
        ref: body.type === 'AllocationShipped' ? body.shipmentId : body.holdId,
      };
    }
    case 'PurchasesLimited':
    case 'Barrier':
    case 'TimePassed':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'CommandQuarantined':
    case 'CommandParked':
    case 'CommandRedriven':
    case 'RedriveAnswered':
    case 'AnomalyRecorded':
      return null;
    default:
      return assertNever(body);
  }
}

/** By how much a piece of a hold moves each level (`docs/design/domain.md` §4). */
const changeByUnit = {
  HoldPlaced: { onHand: 0, held: 1, allocated: 0 },
  HoldRefused: { onHand: 0, held: 0, allocated: 0 },
  HoldCommitted: { onHand: -1, held: -1, allocated: 1 },
  HoldReleased: { onHand: 0, held: -1, allocated: 0 },
  CommitReversed: { onHand: 1, held: 0, allocated: -1 },
  AllocationShipped: { onHand: 0, held: 0, allocated: -1 },
} as const;

const originOf = (
  partition: number,
  seq: number,
  at: number,
  body: { readonly type: string; readonly store: string; readonly sku: string; readonly orderId?: string },
) => ({
  store: body.store,
  partition,
  seq,
  at,
  order_id: body.orderId ?? '',
  event: body.type,
  sku: body.sku,
});
