import { z } from 'zod';
import type { OrderView } from '../../schemas/order-view.ts';
import { refundStatuses } from '../../schemas/order-view.ts';
import { claimedInstant, instant, minor, pieces, toInstant, toInstantOrNull } from './answer-fields.ts';
import { checkShape, toCheck } from './payment-answer.ts';

/** What became of a confirmed order: what left, arrived and came back, and the money that followed. */
export const fulfilmentFields = {
  shipments: z.array(
    z.object({
      id: z.string(),
      lines: pieces,
      carrier: z.string().nullable(),
      trackingRef: z.string().nullable(),
      at: instant,
    }),
  ),
  deliveries: z.array(z.object({ id: z.string(), lines: pieces, at: instant })),
  returns: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['requested', 'received', 'lapsed']),
      lines: pieces,
      reason: z.string(),
      receipts: z.array(
        z.object({
          id: z.string(),
          lines: pieces,
          restocked: z.boolean(),
          condition: z.enum(['damaged', 'to-supplier']).nullable(),
          at: instant,
        }),
      ),
      at: instant,
      claimedAt: claimedInstant.nullable(),
    }),
  ),
  refunds: z.array(
    z.object({
      id: z.string(),
      origin: z.enum(['cancel', 'cancel-lines', 'return', 'request', 'late-money']),
      status: z.enum(refundStatuses).meta({ description: 'due: it failed and we owe it still.' }),
      since: instant,
      amountMinor: minor,
      shippingMinor: minor.meta({ description: 'Of the amount.' }),
      lines: z.array(
        z.object({ line: z.int(), sku: z.string(), quantity: z.int(), netMinor: minor, taxMinor: minor }),
      ),
      reason: z.string(),
      failureCode: z.string().nullable(),
      check: checkShape,
      at: instant,
      claimedAt: claimedInstant.nullable(),
    }),
  ),
  disputes: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['open', 'won', 'lost']),
      amountMinor: minor,
      since: instant,
    }),
  ),
  needsPerson: z
    .array(z.object({ opId: z.string().nullable(), reason: z.string(), amountMinor: minor, since: instant }))
    .meta({ description: 'What nobody but a person can decide.' }),
  requests: z
    .array(
      z.object({
        id: z.string().meta({ description: 'As the 202 gave it.' }),
        outcome: z.enum(['done', 'noted', 'refused', 'unchanged']).meta({
          description:
            'noted: decided when it is known where the money is; unchanged: there was nothing to do.',
        }),
        event: z.string(),
        reason: z.string().nullable(),
        detail: z.string().nullable(),
        at: instant,
        position: z.string(),
      }),
    )
    .meta({ description: 'What became of the last requests about the order, the newest last.' }),
} as const;

type Fulfilment = z.output<z.ZodObject<typeof fulfilmentFields>>;

export const toFulfilment = (view: OrderView): Fulfilment => ({
  shipments: view.shipments.map(({ shipmentId: id, lines, carrier, trackingRef, atMs }) => ({
    id,
    lines: [...lines],
    carrier,
    trackingRef,
    at: toInstant(atMs),
  })),
  deliveries: view.deliveries.map(({ deliveryId: id, lines, atMs }) => ({
    id,
    lines: [...lines],
    at: toInstant(atMs),
  })),
  returns: view.returns.map(({ returnId: id, status, lines, reason, receipts, atMs, claimedAtMs }) => ({
    id,
    status,
    lines: [...lines],
    reason,
    receipts: receipts.map((receipt) => ({
      id: receipt.receiptId,
      lines: [...receipt.lines],
      restocked: receipt.sellable,
      condition: receipt.condition,
      at: toInstant(receipt.atMs),
    })),
    at: toInstant(atMs),
    claimedAt: toInstantOrNull(claimedAtMs),
  })),
  refunds: view.refunds.map((refund) => ({
    id: refund.refundId,
    origin: refund.origin,
    status: refund.status,
    since: toInstant(refund.sinceMs),
    amountMinor: refund.amountMinor,
    shippingMinor: refund.shippingMinor,
    lines: [...refund.lines],
    reason: refund.reason,
    failureCode: refund.code,
    check: toCheck(refund.check),
    at: toInstant(refund.atMs),
    claimedAt: toInstantOrNull(refund.claimedAtMs),
  })),
  disputes: view.disputes.map(({ disputeId: id, status, amountMinor, sinceMs }) => ({
    id,
    status,
    amountMinor,
    since: toInstant(sinceMs),
  })),
  needsPerson: view.persons.map(({ sinceMs, ...person }) => ({ ...person, since: toInstant(sinceMs) })),
  requests: view.commands.map(({ commandId: id, is: outcome, event, reason, detail, atMs, position }) => ({
    id,
    outcome,
    event,
    reason,
    detail,
    at: toInstant(atMs),
    position,
  })),
});
