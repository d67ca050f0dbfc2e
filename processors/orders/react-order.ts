import { assertNever } from '../../schemas/assert-never.ts';
import type { CommitHold, PlaceHold, ReleaseHold } from '../../schemas/generated/stock-commands.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import type { ReactionMessage } from '../../schemas/reactions.ts';
import type { OrderEvent } from './order.ts';

type StockMessage = ReactionMessage<PlaceHold | CommitHold | ReleaseHold>;

/**
 * The messages of one event, numbered by position; version 1 of `orderReactions`. Frozen: a take-over sends the same
 * again, and the receivers drop by number what they have.
 */
export function reactOrder(event: OrderEvent): readonly StockMessage[] {
  switch (event.type) {
    case 'OrderPlaced':
      return event.holds.map(({ holdId, sku, quantity }) =>
        toSku(event, {
          type: 'PlaceHold',
          holdId,
          orderId: event.orderId,
          customerId: event.customerId,
          sku,
          quantity,
          untilMs: event.holdUntilMs,
        }),
      );
    case 'CommitStarted':
      return event.holds.map(({ holdId, sku }) =>
        toSku(event, { type: 'CommitHold', holdId, orderId: event.orderId, sku }),
      );
    case 'UnwindStarted':
      if (event.commits.length > 0) {
        throw new Error(`version 1 of the reactions reverses no commit (${event.orderId})`);
      }
      return event.holds.map(({ holdId, sku }) =>
        toSku(event, {
          type: 'ReleaseHold',
          holdId,
          orderId: event.orderId,
          sku,
          reason: event.to.toLowerCase(),
        }),
      );
    case 'HoldRecorded':
    case 'PaymentOpRequested':
    case 'PaymentAuthorized':
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentUnknown':
    case 'CommitRecorded':
    case 'OrderConfirmed':
    case 'OrderClosed':
    case 'OrderArchived':
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

const toSku = (event: { readonly store: string }, body: StockMessage['body']): StockMessage => ({
  to: 'stock',
  key: skuKeyOf(event.store, body.sku),
  store: event.store,
  body,
});
