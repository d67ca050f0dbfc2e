import { assertNever } from '../../schemas/assert-never.ts';
import type {
  CommitReversed,
  HoldCommitted,
  HoldPlaced,
  HoldRefused,
  HoldReleased,
} from '../../schemas/generated/orders-commands.ts';
import type { ReactionMessage } from '../../schemas/reactions.ts';
import type { StockEvent } from './stock.ts';

type OrdersMessage = ReactionMessage<
  CommitReversed | HoldCommitted | HoldPlaced | HoldRefused | HoldReleased
>;

/**
 * The messages of one event, numbered by position; versions 1 and 2 of `stockReactions`, which differ in events that
 * version 1 had not. Frozen: a take-over sends the same again, and the receivers drop by number what they have.
 */
export function reactStock(event: StockEvent): readonly OrdersMessage[] {
  switch (event.type) {
    case 'HoldPlaced':
    case 'HoldCommitted':
    case 'HoldReleased':
    case 'CommitReversed':
      return [toOrder(event, { type: event.type, ...holdOf(event) })];
    case 'HoldRefused':
      return [toOrder(event, { type: event.type, ...holdOf(event), reason: event.reason })];
    case 'StockReceived':
    case 'StockAdjusted':
    case 'SkuHalted':
    case 'SkuResumed':
    case 'StockRestocked':
    case 'PurchasesLimited':
    case 'AllocationShipped':
    case 'Barrier':
    case 'TimePassed':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'CommandQuarantined':
    case 'CommandParked':
    case 'CommandRedriven':
    case 'RedriveAnswered':
    case 'AnomalyRecorded':
      return [];
    default:
      return assertNever(event);
  }
}

type HoldEvent = Extract<StockEvent, { holdId: string }>;

const holdOf = ({ holdId, orderId, sku, quantity }: HoldEvent) => ({ holdId, orderId, sku, quantity });

const toOrder = (event: HoldEvent, body: OrdersMessage['body']): OrdersMessage => ({
  to: 'orders',
  key: event.orderId,
  store: event.store,
  body,
});
