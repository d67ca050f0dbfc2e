import { assertNever } from '../../schemas/assert-never.ts';
import type {
  CommitHold,
  PlaceHold,
  ReleaseHold,
  Restock,
  ReverseCommit,
  ShipAllocated,
} from '../../schemas/generated/stock-commands.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import type { ReactionMessage } from '../../schemas/reactions.ts';
import type { OrderEvent } from './order.ts';

type StockMessage = ReactionMessage<
  PlaceHold | CommitHold | ReleaseHold | ReverseCommit | ShipAllocated | Restock
>;

/**
 * The messages of one event, numbered by position; version 2 of `orderReactions`, which sends for the events of
 * version 1 what version 1 sent. Frozen: a take-over sends the same again, and the receivers drop by number what they
 * have.
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
      return [
        ...event.holds.map(({ holdId, sku }) =>
          toSku(event, {
            type: 'ReleaseHold',
            holdId,
            orderId: event.orderId,
            sku,
            reason: event.to.toLowerCase(),
          }),
        ),
        ...event.commits.map((commit) => reverse(event, commit)),
      ];
    case 'LinesCancelled':
      return event.lines.map((pieces) => reverse(event, pieces));
    case 'ShipmentRecorded':
      return event.lines.map(({ holdId, sku, quantity }) =>
        toSku(event, {
          type: 'ShipAllocated',
          holdId,
          orderId: event.orderId,
          sku,
          quantity,
          shipmentId: event.shipmentId,
        }),
      );
    case 'ReturnReceived':
      return event.sellable
        ? event.lines.map(({ line, sku, quantity }) =>
            toSku(event, {
              type: 'Restock',
              sku,
              returnId: event.returnId,
              // two lines of one SKU are two movements
              receiptId: `${event.receiptId}:${line}`,
              orderId: event.orderId,
              quantity,
            }),
          )
        : [];
    case 'HoldRecorded':
    case 'PaymentOpRequested':
    case 'PaymentAuthorized':
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentUnknown':
    case 'PaymentVoided':
    case 'PaymentLapsed':
    case 'PaymentCaptureFailed':
    case 'PaymentPending':
    case 'PaymentActionRequired':
    case 'LookUpRequested':
    case 'CancelNoted':
    case 'CommitRecorded':
    case 'OrderConfirmed':
    case 'OrderClosed':
    case 'DeliveryRecorded':
    case 'ReturnRequested':
    case 'ReturnLapsed':
    case 'RefundRequested':
    case 'RefundRecorded':
    case 'RefundDue':
    case 'DisputeRecorded':
    case 'HintKept':
    case 'DiscrepancyRecorded':
    case 'PersonNeeded':
    case 'PaymentResolved':
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

const reverse = (
  event: { readonly store: string; readonly orderId: string },
  { holdId, sku, quantity }: { readonly holdId: string; readonly sku: string; readonly quantity: number },
): StockMessage => toSku(event, { type: 'ReverseCommit', holdId, orderId: event.orderId, sku, quantity });

const toSku = (event: { readonly store: string }, body: StockMessage['body']): StockMessage => ({
  to: 'stock',
  key: skuKeyOf(event.store, body.sku),
  store: event.store,
  body,
});
