import { z } from 'zod';
import { type CommandBody, resolvePaymentAsValues } from '../../schemas/generated/orders-commands.ts';
import { parseOrderId } from '../../schemas/ids.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { type Answer, ok } from '../http/answer.ts';
import { formatCursor, parseCursor } from '../http/page-cursor.ts';
import { plainNote } from '../http/plain-note.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { acceptedAction } from '../orders/actions/action-requests.ts';
import { actOnOrder, type OrderAction, type OrderActionParts } from '../orders/actions/order-action.ts';
import { type OrderReadParts, readOwnOrder } from '../orders/get-order.ts';
import type { Announce } from './announce.ts';
import { operationAnswer, operationsOf } from './payment-operations.ts';

export type ResolvePaymentParts = OrderActionParts &
  OrderReadParts & { readonly cursorSecret: string; readonly announce: Announce };

const path = '/v1/ops/orders/{id}/resolve';

const resolveRequest = z
  .strictObject({
    opId: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[A-Za-z0-9:_-]+$/)
      .meta({
        description: 'One of `operations` of the order in the list.',
        example: 'o-0123456789ABCDEFGHJKMNPQRS:capture:1',
      }),
    as: z.enum(resolvePaymentAsValues).meta({ description: 'Did the money move?' }),
    reason: plainNote,
    evidence: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[\w .:;,#()/+-]+$/)
      .meta({
        description: 'Where you saw it, for the books: no personal data.',
        example: 'provider dashboard, pi_3: canceled',
      }),
    dryRun: z.boolean().optional().meta({ description: 'true without it: nothing is changed.' }),
    token: z.string().max(256).optional().meta({ description: 'Of the dry run; the real one shows it.' }),
  })
  .meta({
    id: 'ResolvePaymentRequest',
    example: { opId: 'o-1:capture:1', as: 'done', reason: 'seen', evidence: 'provider dashboard, pi_3' },
  });

type Resolve = z.output<typeof resolveRequest>;

const dryRunAnswer = z
  .object({
    dryRun: z.literal(true),
    orderId: z.string(),
    operation: operationAnswer,
    as: z.enum(resolvePaymentAsValues),
    token: z.string().meta({ description: 'Good while the order stands as it does now.' }),
  })
  .meta({ id: 'ResolvePaymentDryRun' });

/** `POST /v1/ops/orders/{id}/resolve`: a person's word on money that nobody else could decide (payments §5). */
export const resolvePaymentRoute = (parts: ResolvePaymentParts): Route =>
  defineRoute({
    method: 'POST',
    path,
    scope: 'ops:write',
    lane: 'actions',
    idempotencyKey: 'required',
    params: { id: parseOrderId },
    query: z.strictObject({}),
    body: resolveRequest,
    produces: [jsonType],
    docs: {
      summary: 'Decide an operation by evidence',
      description:
        'A dry run unless dryRun is false; it gives the token that the real run must show, good while the order stands as it does. Who asks (the key), reason and evidence stand in the books for ever; the audit log has it first, or it is 503 and nothing is done.',
      tag: 'Operations',
      answers: {
        200: { description: 'A dry run: what would be decided.', schema: dryRunAnswer },
        202: {
          description: 'Durable in the log; `requests` of the order has the outcome.',
          schema: acceptedAction,
        },
      },
      problems: [
        'invalid-id',
        'not-found',
        'order-state-conflict',
        'version-mismatch',
        'idempotency-key-reused',
        'request-in-progress',
        'view-unavailable',
        'view-behind',
      ],
    },
    handle: (call) => (call.body.dryRun === false ? resolve(parts, call) : dryRun(parts, call)),
  });

/** What a token is good for: this word on this operation. */
const scopeOf = (orderId: string, { opId, as, reason, evidence }: Resolve) => ({
  orderId,
  opId,
  as,
  reason,
  evidence,
});

async function dryRun(parts: ResolvePaymentParts, call: Call<unknown, Resolve>): Promise<Answer> {
  const { own } = await readOwnOrder(parts, { ...call, query: {} });
  if (!('status' in own)) throw new Problem('order-state-conflict', { reason: 'parked' });
  const { orderId, position } = own;
  const operation = operationOf(own, call.body.opId);
  const token = formatCursor(parts.cursorSecret, scopeOf(orderId, call.body), position);
  return ok({ dryRun: true, orderId, operation, as: call.body.as, token });
}

function operationOf(order: OrderView, opId: string) {
  const operation = operationsOf(order).find((one) => one.opId === opId);
  if (!operation) throw new Problem('order-state-conflict', { reason: 'nothing-to-resolve' });
  return operation;
}

const resolve = (parts: ResolvePaymentParts, call: Call<unknown, Resolve>): Promise<Answer> => {
  const { principal, requestId, body: asked } = call;
  const action: OrderAction<typeof resolveRequest> = {
    path,
    body: resolveRequest,
    announce: (effectId) =>
      parts.announce({
        what: 'payment.resolve',
        actor: principal.keyId,
        effectId,
        requestId,
        target: asked.opId,
        reason: asked.reason,
      }),
    toCommand: ({ orderId, keyId, order }, body): CommandBody => {
      if (!order) throw new Problem('view-unavailable');
      const seenAt = parseCursor(parts.cursorSecret, scopeOf(orderId, body), body.token ?? '');
      if (seenAt === null || seenAt !== order.position) throw new Problem('version-mismatch');
      operationOf(order, body.opId);
      const { opId, as, reason, evidence } = body;
      return { type: 'ResolvePayment', orderId, opId, as, by: keyId, reason, evidence };
    },
  };
  return actOnOrder(parts, action, call);
};
