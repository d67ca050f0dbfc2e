import { z } from 'zod';
import 'zod-openapi';
import { isCurrency } from '../../../schemas/currencies.ts';
import { receiveReturnConditionValues } from '../../../schemas/generated/orders-commands.ts';
import { plainNote } from '../../http/plain-note.ts';
import { isOrderedAt, linesMax, quantityMax, sku } from '../place-order-request.ts';

const quantity = z.int().min(1).max(quantityMax).meta({ description: 'Whole pieces.', example: 1 });

const piece = z
  .union([
    z.strictObject({
      line: z.int().min(1).max(linesMax).meta({ description: 'Number of the line, from 1.', example: 1 }),
      quantity,
    }),
    z.strictObject({ sku, quantity }),
  ])
  .meta({
    id: 'LineQuantityRequest',
    description: 'Pieces of one line, by its number, or by its SKU where one line alone has it.',
    example: { line: 1, quantity: 1 },
  });

export type PieceRequest = z.output<typeof piece>;

const pieces = (all: string) =>
  z
    .array(piece)
    .min(1)
    .max(linesMax)
    .optional()
    .meta({ description: `Without it: ${all}.` });

/** When something happened by the caller's clock; judged like `orderedAt`. */
const claimedAt = (nowMs: () => number) =>
  z
    .string()
    .refine((text) => isOrderedAt(text, nowMs()), {
      message: 'RFC 3339 in UTC (…Z), from 2000 to 24 hours ahead',
    })
    .optional()
    .meta({
      description: 'When it happened, by your clock. No decision reads it.',
      example: '2026-01-02T03:04:05Z',
    });

/** Body of `POST /v1/orders/{id}/cancel`. */
export const cancelRequest = z
  .strictObject({ lines: pieces('the whole order'), reason: plainNote.optional() })
  .meta({ id: 'CancelRequest', example: { reason: 'changed-mind' } });

/** Body of `POST /v1/orders/{id}/shipments`. */
export const shipmentRequest = z
  .strictObject({
    lines: pieces('all that is open'),
    carrier: plainNote.optional().meta({ example: 'royal-mail' }),
    trackingRef: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .optional()
      .meta({ description: 'Of the carrier.', example: 'RM123456785GB' }),
  })
  .meta({ id: 'ShipmentRequest', example: { carrier: 'royal-mail', trackingRef: 'RM123456785GB' } });

/** Body of `POST /v1/orders/{id}/deliveries`. */
export const deliveryRequest = z
  .strictObject({ lines: pieces('all that is on its way') })
  .meta({ id: 'DeliveryRequest', example: {} });

/** Body of `POST /v1/orders/{id}/returns`. */
export const returnRequest = (nowMs: () => number) =>
  z
    .strictObject({
      lines: pieces('all that was shipped and not asked back'),
      reason: plainNote.optional(),
      claimedAt: claimedAt(nowMs),
    })
    .meta({ id: 'ReturnRequest', example: { lines: [{ line: 1, quantity: 1 }], reason: 'too-small' } });

/** Body of `POST /v1/orders/{id}/returns/{returnId}/receipt`. */
export const receiptRequest = (nowMs: () => number) =>
  z
    .strictObject({
      lines: pieces('all of the return that is not received'),
      restock: z.boolean().meta({
        description: 'Inspected and sellable: the pieces go on hand again.',
        example: true,
      }),
      condition: z
        .enum(receiveReturnConditionValues)
        .optional()
        .meta({ description: 'Where pieces go that are not restocked; needed for them.' }),
      claimedAt: claimedAt(nowMs),
    })
    .refine(({ restock, condition }) => restock === (condition === undefined), {
      path: ['condition'],
      message: 'needed without restock, and only then',
    })
    .meta({ id: 'ReceiptRequest', example: { restock: false, condition: 'damaged' } });

/** Body of `POST /v1/orders/{id}/refunds`: the price of pieces, or an amount that is spread over what is left. */
export const refundRequest = (nowMs: () => number) =>
  z
    .strictObject({
      lines: z
        .array(piece)
        .min(1)
        .max(linesMax)
        .optional()
        .meta({ description: 'Their price goes back. Either lines or amountMinor.' }),
      amountMinor: z.int().min(1).optional().meta({ description: 'With its currency.', example: 250 }),
      currency: z
        .string()
        .max(3)
        .refine(isCurrency, { message: 'an ISO 4217 currency in upper case' })
        .optional()
        .meta({ description: 'The currency of the order.', example: 'GBP' }),
      reason: plainNote.optional(),
      claimedAt: claimedAt(nowMs),
    })
    .refine(({ lines, amountMinor }) => (lines === undefined) !== (amountMinor === undefined), {
      message: 'either lines or amountMinor',
    })
    .refine(({ amountMinor, currency }) => (amountMinor === undefined) === (currency === undefined), {
      path: ['currency'],
      message: 'needed with amountMinor, and only then',
    })
    .meta({ id: 'RefundRequest', example: { amountMinor: 250, currency: 'GBP', reason: 'late' } });

/** Body of the 202 of every action on an order. */
export const acceptedAction = z
  .object({
    id: z.string().meta({
      description: 'Of the cancellation, shipment, delivery, return, receipt or refund.',
      example: '0123456789ABCDEFGHJKMNPQRS',
    }),
    orderId: z.string().meta({ example: 'o-0123456789ABCDEFGHJKMNPQRS' }),
    status: z.literal('accepted'),
    position: z
      .string()
      .meta({ description: 'Where it stands in the log: what `after` takes.', example: '3:1042' }),
    links: z.object({ order: z.string() }),
  })
  .meta({ id: 'AcceptedAction' });
