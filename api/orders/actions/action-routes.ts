import { z } from 'zod';
import type { CommandBody } from '../../../schemas/generated/orders-commands.ts';
import { parseCommandId, parseOrderId } from '../../../schemas/ids.ts';
import { defineRoute, jsonType, type Route } from '../../http/route.ts';
import {
  acceptedAction,
  cancelRequest,
  deliveryRequest,
  receiptRequest,
  refundRequest,
  returnRequest,
  shipmentRequest,
} from './action-requests.ts';
import { nameLines } from './name-lines.ts';
import { actOnOrder, type OrderAction, type OrderActionParts } from './order-action.ts';

const reasonDefault = 'requested';

const toMs = (instant: string | undefined): number | null =>
  instant === undefined ? null : Date.parse(instant);

const cancel = {
  path: '/v1/orders/{id}/cancel',
  body: cancelRequest,
  toCommand: ({ orderId, order }, { lines, reason = reasonDefault }): CommandBody =>
    lines === undefined
      ? { type: 'CancelOrder', orderId, reason }
      : { type: 'CancelLines', orderId, lines: nameLines(lines, order), reason },
} satisfies OrderAction<typeof cancelRequest>;

const ship = {
  path: '/v1/orders/{id}/shipments',
  body: shipmentRequest,
  toCommand: ({ orderId, order }, { lines, carrier = null, trackingRef = null }): CommandBody => ({
    type: 'RecordShipment',
    orderId,
    lines: nameLines(lines, order),
    carrier,
    trackingRef,
  }),
} satisfies OrderAction<typeof shipmentRequest>;

const deliver = {
  path: '/v1/orders/{id}/deliveries',
  body: deliveryRequest,
  toCommand: ({ orderId, order }, { lines }): CommandBody => ({
    type: 'RecordDelivery',
    orderId,
    lines: nameLines(lines, order),
  }),
} satisfies OrderAction<typeof deliveryRequest>;

const askReturn = (nowMs: () => number) => {
  const body = returnRequest(nowMs);
  return {
    path: '/v1/orders/{id}/returns',
    body,
    toCommand: (
      { orderId, commandId, order },
      { lines, reason = reasonDefault, claimedAt },
    ): CommandBody => ({
      type: 'RequestReturn',
      orderId,
      returnId: commandId,
      lines: nameLines(lines, order),
      reason,
      claimedAtMs: toMs(claimedAt),
    }),
  } satisfies OrderAction<typeof body>;
};

const receive = (nowMs: () => number) => {
  const body = receiptRequest(nowMs);
  return {
    path: '/v1/orders/{id}/returns/{returnId}/receipt',
    body,
    toCommand: (
      { orderId, params, order },
      { lines, restock, condition = null, claimedAt },
    ): CommandBody => ({
      type: 'ReceiveReturn',
      orderId,
      returnId: params['returnId'] ?? '',
      lines: nameLines(lines, order),
      sellable: restock,
      condition,
      claimedAtMs: toMs(claimedAt),
    }),
  } satisfies OrderAction<typeof body>;
};

const refund = (nowMs: () => number) => {
  const body = refundRequest(nowMs);
  return {
    path: '/v1/orders/{id}/refunds',
    body,
    toCommand: (
      { orderId, commandId, order },
      { lines, amountMinor = null, currency = null, reason = reasonDefault, claimedAt },
    ): CommandBody => ({
      type: 'RequestRefund',
      orderId,
      refundId: commandId,
      lines: nameLines(lines, order),
      amountMinor,
      currency,
      reason,
      claimedAtMs: toMs(claimedAt),
    }),
  } satisfies OrderAction<typeof body>;
};

/** What an action's page says beside its shapes. */
interface ActionDocs {
  readonly summary: string;
  readonly description: string;
}

const outcome =
  'What becomes of it stands in `requests` of the order. A refusal the view is sure of is told at once, with the reason; any other stands in `requests`.';

function actionRoute<B extends z.ZodType>(
  parts: OrderActionParts,
  action: OrderAction<B>,
  { summary, description }: ActionDocs,
): Route {
  return defineRoute({
    method: 'POST',
    path: action.path,
    scope: 'orders:write',
    lane: 'actions',
    idempotencyKey: 'required',
    params: {
      id: parseOrderId,
      ...(action.path.includes('{returnId}') ? { returnId: parseCommandId } : {}),
    },
    query: z.strictObject({}),
    body: action.body,
    produces: [jsonType],
    docs: {
      summary,
      description: `${description} ${outcome}`,
      tag: 'Orders',
      answers: { 202: { description: 'Durable in the log.', schema: acceptedAction } },
      problems: [
        'invalid-id',
        'not-found',
        'order-state-conflict',
        ...(action.path.endsWith('/refunds')
          ? (['refund-exceeds-captured', 'currency-mismatch'] as const)
          : []),
        'idempotency-key-reused',
        'request-in-progress',
        'view-unavailable',
        'view-behind',
      ],
    },
    handle: (call) => actOnOrder(parts, action, call),
  });
}

/** The routes that act on an order which was placed (domain §3). */
export const orderActionRoutes = (parts: OrderActionParts): readonly Route[] => [
  actionRoute(parts, cancel, {
    summary: 'Cancel an order, or pieces of it',
    description:
      'Without lines the whole order, while nothing of it is shipped; with lines pieces that are not shipped. A cancel while money is in flight is noted and decided when it is known where the money is.',
  }),
  actionRoute(parts, ship, {
    summary: 'Record a shipment',
    description: 'Pieces of a confirmed order that left the building.',
  }),
  actionRoute(parts, deliver, {
    summary: 'Record a delivery',
    description: 'Shipped pieces that arrived.',
  }),
  actionRoute(parts, askReturn(parts.nowMs), {
    summary: 'Ask to return pieces',
    description: 'Shipped pieces that may come back. The id of the answer names the return.',
  }),
  actionRoute(parts, receive(parts.nowMs), {
    summary: 'Record pieces of a return as received and inspected',
    description: 'Their price is refunded; what is restocked goes on hand again.',
  }),
  actionRoute(parts, refund(parts.nowMs), {
    summary: 'Give money back',
    description: 'The price of pieces, or an amount, which is spread over what is left of the order.',
  }),
];
