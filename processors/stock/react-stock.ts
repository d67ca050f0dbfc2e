import { assertNever } from '../../schemas/assert-never.ts';
import type {
  HoldCommitted,
  HoldPlaced,
  HoldRefused,
  HoldReleased,
} from '../../schemas/generated/orders-commands.ts';
import type { ReactionMessage } from '../../schemas/reactions.ts';
import type { StockEvent } from './stock.ts';

type OrdersMessage = ReactionMessage<HoldCommitted | HoldPlaced | HoldRefused | HoldReleased>;

/**
 * The messages of one event, numbered by position; version 1 of `stockReactions`. Frozen: a take-over sends the same
 * again, and the receivers drop by number what they have.
 */
export function reactStock(event: StockEvent): readonly OrdersMessage[] {
  switch (event.type) {
    case 'HoldPlaced':
    case 'HoldCommitted':
    case 'HoldReleased':
      return [toOrder(event, { type: event.type, ...holdOf(event) })];
    case 'HoldRefused':
      return [toOrder(event, { type: event.type, ...holdOf(event), reason: event.reason })];
    case 'StockReceived':
    case 'StockAdjusted':
    case 'SkuHalted':
    case 'SkuResumed':
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
