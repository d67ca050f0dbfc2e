import { z } from 'zod';
import 'zod-openapi';
import type { ParkedPlacing } from '../views/parked-placing.ts';
import {
  type OrderEventView,
  type OrderLineView,
  type OrderView,
  orderStatuses,
} from '../../schemas/order-view.ts';
import { waitsOf } from '../../schemas/order-waits.ts';
import { instant, minor, toInstant, toInstantOrNull } from './answer-fields.ts';
import { fulfilmentFields, toFulfilment } from './fulfilment-answer.ts';
import { toWait, waitAnswer } from './wait-answer.ts';
import { paymentAnswer, toPaymentAnswer } from './payment-answer.ts';

const orderId = z.string().meta({ example: 'o-0123456789ABCDEFGHJKMNPQRS' });
const link = (example: string) => z.string().meta({ example });

/** Body of the 202 of `POST /v1/orders`. */
export const acceptedOrder = z
  .object({
    orderId,
    status: z.literal('accepted'),
    position: z
      .string()
      .meta({ description: 'Where the order stands in the log: what `after` takes.', example: '3:1042' }),
    links: z.object({ order: link('/v1/orders/o-…?after=3:1042'), events: link('/v1/orders/o-…/events') }),
  })
  .meta({ id: 'AcceptedOrder' });

/** An order as `GET /v1/orders/{id}` shows it. */
export const orderAnswer = z
  .object({
    orderId,
    status: z.enum(orderStatuses),
    reason: z.string().nullable().meta({ description: 'Why it closed without a sale.' }),
    customerId: z.string(),
    personalData: z.enum(['sealed', 'erased']).meta({
      description:
        'Payment token and address: kept encrypted, never shown; erased once the key of the customer is dropped.',
    }),
    currency: z.string(),
    unwinding: z
      .object({ to: z.enum(['rejected', 'declined', 'expired', 'cancelled']), reason: z.string() })
      .nullable()
      .meta({ description: 'While it is being undone: what it will be then.' }),
    cancelNoted: z
      .object({ reason: z.string(), since: instant })
      .nullable()
      .meta({ description: 'A cancel that is decided when it is known where the money is.' }),
    lines: z.array(
      z.object({
        line: z.int().meta({ description: 'From 1: how requests name it.' }),
        sku: z.string(),
        quantity: z.int(),
        unitPriceMinor: minor,
        discountMinor: minor,
        orderDiscountMinor: minor.meta({ description: 'Its share of the discount of the order.' }),
        taxBasisPoints: z.int(),
        taxMinor: minor,
        open: z.int().meta({ description: 'Neither cancelled nor shipped.' }),
        cancelled: z.int(),
        shipped: z.int(),
        delivered: z.int(),
        returnRequested: z.int().meta({ description: 'Of returns that have not lapsed, received ones too.' }),
        returned: z.int(),
      }),
    ),
    discountMinor: minor,
    shippingMinor: minor,
    shippingTaxMinor: minor,
    totalMinor: minor,
    taxRule: z.enum(['exclusive', 'inclusive']),
    holds: z.array(
      z.object({
        sku: z.string(),
        quantity: z.int(),
        state: z.enum(['asked', 'placed', 'refused', 'committed', 'released', 'reversed']),
      }),
    ),
    payment: paymentAnswer,
    ...fulfilmentFields,
    waitingFor: z
      .array(waitAnswer)
      .meta({ description: 'Whom the order waits for, until when, and what happens then.' }),
    holdUntil: instant.meta({ description: 'Unpaid holds end then, unless money is in flight or unknown.' }),
    createdAt: instant,
    updatedAt: instant,
    orderedAt: instant.nullable().meta({ description: 'The claim of the caller.' }),
    bodyDigest: z
      .string()
      .nullable()
      .meta({ description: 'Keyed digest of the body that placed it: a retry is compared with it.' }),
    requestId: z.string().nullable(),
    position: z.string().meta({ description: 'Position of its last event.', example: '3.2077' }),
    links: z.object({ self: link('/v1/orders/o-…'), events: link('/v1/orders/o-…/events') }),
  })
  .meta({ id: 'Order' });

/** What `GET /v1/orders/{id}` shows while the command that asked for the order is parked: nothing is charged or held. */
export const parkedOrderAnswer = z
  .object({
    orderId,
    status: z.literal('parked').meta({
      description: 'Accepted and kept in the log, not decided: it waits for a person. Do not place it again.',
    }),
    since: instant,
    position: z.string().meta({ description: 'Also the ETag.', example: '3.2077' }),
    links: z.object({ self: link('/v1/orders/o-…'), events: link('/v1/orders/o-…/events') }),
  })
  .meta({ id: 'ParkedOrder' });

export type ParkedOrderAnswer = z.output<typeof parkedOrderAnswer>;

export type OrderAnswer = z.output<typeof orderAnswer>;

/** One event of an order, in its page and its stream. */
export const orderEventAnswer = z
  .object({
    position: z.string().meta({ example: '3.2077' }),
    type: z.string().meta({ example: 'OrderConfirmed' }),
    at: instant,
    orderId,
    status: z.enum(orderStatuses).meta({ description: 'After the event.' }),
  })
  .meta({ id: 'OrderEvent' });

export type OrderEventAnswer = z.output<typeof orderEventAnswer>;

const orderLinks = (id: string): OrderAnswer['links'] => ({
  self: `/v1/orders/${id}`,
  events: `/v1/orders/${id}/events`,
});

/** `isErased`: the customer was erased after he placed it. */
export function toOrderAnswer(view: OrderView, isErased: boolean): OrderAnswer {
  const { unwinding, cancelNoted } = view;
  return {
    orderId: view.orderId,
    status: view.status,
    reason: view.reason,
    customerId: view.customerId,
    personalData: isErased ? 'erased' : 'sealed',
    currency: view.currency,
    unwinding,
    cancelNoted: cancelNoted && { reason: cancelNoted.reason, since: toInstant(cancelNoted.sinceMs) },
    lines: view.lines.map(toLine),
    discountMinor: view.discountMinor,
    shippingMinor: view.shippingMinor,
    shippingTaxMinor: view.shippingTaxMinor,
    totalMinor: view.totalMinor,
    taxRule: view.taxRule,
    holds: view.holds.map(({ sku, quantity, state }) => ({ sku, quantity, state })),
    payment: toPaymentAnswer(view.payment),
    ...toFulfilment(view),
    waitingFor: waitsOf(view).map(toWait),
    holdUntil: toInstant(view.holdUntilMs),
    createdAt: toInstant(view.createdAtMs),
    updatedAt: toInstant(view.updatedAtMs),
    orderedAt: toInstantOrNull(view.orderedAtMs),
    bodyDigest: view.fingerprint,
    requestId: view.requestId,
    position: view.position,
    links: orderLinks(view.orderId),
  };
}

const toLine = (line: OrderLineView): OrderAnswer['lines'][number] => ({
  line: line.line,
  sku: line.sku,
  quantity: line.quantity,
  unitPriceMinor: line.unitMinor,
  discountMinor: line.discountMinor,
  orderDiscountMinor: line.shareMinor,
  taxBasisPoints: line.taxBp,
  taxMinor: line.taxMinor,
  open: line.quantity - line.cancelled - line.shipped,
  cancelled: line.cancelled,
  shipped: line.shipped,
  delivered: line.delivered,
  returnRequested: line.returnAsked,
  returned: line.returned,
});

export const toParkedOrderAnswer = ({
  orderId: id,
  sinceMs,
  position,
}: ParkedPlacing): ParkedOrderAnswer => ({
  orderId: id,
  status: 'parked',
  since: toInstant(sinceMs),
  position,
  links: orderLinks(id),
});

export const toOrderEventAnswer = ({
  position,
  type,
  atMs,
  orderId: id,
  status,
}: OrderEventView): OrderEventAnswer => ({
  position,
  type,
  at: toInstant(atMs),
  orderId: id,
  status,
});
