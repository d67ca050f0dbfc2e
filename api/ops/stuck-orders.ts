import { z } from 'zod';
import { orderStatuses } from '../../schemas/order-view.ts';
import { waitsOf } from '../../schemas/order-waits.ts';
import { ok } from '../http/answer.ts';
import { limitDefault, limitQuery } from '../http/page-query.ts';
import { defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import { instant, minor, toInstant, toInstantOrNull } from '../orders/answer-fields.ts';
import { paymentAnswer, toPaymentAnswer } from '../orders/payment-answer.ts';
import { waitAnswer, toWait } from '../orders/wait-answer.ts';
import { stuckOn, type StuckOrder, type WaitingOrders } from '../views/waiting-orders.ts';
import { operationsOf, operationAnswer } from './payment-operations.ts';

const stuckPage = z
  .object({
    data: z.array(
      z.object({
        orderId: z.string(),
        status: z.enum(orderStatuses),
        on: z
          .enum(stuckOn)
          .meta({ description: 'money: unknown what the provider did; person: waits for one.' }),
        since: instant,
        currency: z.string(),
        totalMinor: minor,
        payment: paymentAnswer,
        operations: z.array(operationAnswer).meta({ description: 'What `resolve` may name.' }),
        waitingFor: z.array(waitAnswer),
      }),
    ),
    count: z.int().meta({ description: 'All that wait, listed or not.' }),
    completeUntil: instant.nullable(),
  })
  .meta({ id: 'StuckOrders' });

/** `GET /v1/ops/orders?stuck=true`: the orders of the caller's store that do not move by themselves. */
export const stuckOrdersRoute = (waiting: WaitingOrders): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/ops/orders',
    scope: 'ops:read',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({
      stuck: z.literal('true').meta({ description: 'The one list there is.', example: 'true' }),
      on: z.enum(stuckOn).optional().meta({ description: 'Both without it.' }),
      limit: limitQuery('1 to 100; 20 without it.'),
    }),
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'Orders whose money is unknown, or that wait for a person',
      description: 'The longest waiting first. What they wait for, until when, and what happens then.',
      tag: 'Operations',
      answers: { 200: { description: 'One page.', schema: stuckPage } },
      problems: ['view-unavailable'],
    },
    handle: async ({ principal, query }) => {
      const on = query.on === undefined ? stuckOn : [query.on];
      const page = await waiting.stuck(principal.store, on, query.limit ?? limitDefault);
      return ok({
        data: page.orders.map(toRow),
        count: page.count,
        completeUntil: toInstantOrNull(page.completeUntilMs),
      });
    },
  });

const toRow = ({ order, on, sinceMs }: StuckOrder): z.output<typeof stuckPage>['data'][number] => ({
  orderId: order.orderId,
  status: order.status,
  on,
  since: toInstant(sinceMs),
  currency: order.currency,
  totalMinor: order.totalMinor,
  payment: toPaymentAnswer(order.payment),
  operations: [...operationsOf(order)],
  waitingFor: waitsOf(order).map(toWait),
});
