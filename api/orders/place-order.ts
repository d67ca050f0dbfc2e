import { z } from 'zod';
import type { CustomerSealer } from '../../infra/clients/customer-keys/customer-sealer.ts';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import type { Intake, Submission } from '../../producers/intake/intake.ts';
import { placeOrderCommand } from '../../producers/intake/place-order-command.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { commandIdOf, type OrderId, orderIdOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Answer } from '../http/answer.ts';
import type { Principal } from '../auth/store-directory.ts';
import { formatCoordinate } from '../http/coordinate.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { type Claims, type Patience, patienceMs, type StoredAnswer } from '../idempotency/claims.ts';
import { within } from '../idempotency/soft-deadline.ts';
import { type Earlier, type OnceParts, submitOnce } from '../idempotency/submit-once.ts';
import type { QuoteParts } from '../quotes/create-quote.ts';
import { priceRequest } from '../quotes/price-request.ts';
import type { OrderReader } from '../views/order-reader.ts';
import { isFresh } from '../views/view-positions.ts';
import { acceptedOrder } from './order-answer.ts';
import { type PlaceOrderBody, placeOrderRequest } from './place-order-request.ts';

export interface PlaceOrderParts extends QuoteParts {
  readonly codec: TopicCodec<Command>;
  readonly claims: Claims;
  readonly quotas: OnceParts['quotas'];
  readonly intake: Intake;
  readonly orders: OrderReader;
  readonly sealer: CustomerSealer;
  readonly fingerprintSecret: string;
}

const path = '/v1/orders';

/** `POST /v1/orders`. A valid first order depends on Kafka alone: Redis only spares work and gives exact replays. */
export const placeOrderRoute = (parts: PlaceOrderParts): Route =>
  defineRoute({
    method: 'POST',
    path,
    scope: 'orders:write',
    visitors: true,
    idempotencyKey: 'required',
    params: {},
    query: z.strictObject({}),
    body: placeOrderRequest(parts.nowMs),
    produces: [jsonType],
    docs: {
      summary: 'Place an order',
      description:
        'The server prices from the catalogue, or as the quote says that the order names. 202 means the order is durable in the log; what becomes of it is read at Location. ' +
        'The same Idempotency-Key with the same body gives the same answer again, with Idempotent-Replayed: true.',
      tag: 'Orders',
      answers: { 202: { description: 'Durable in the log.', schema: acceptedOrder } },
      problems: [
        'idempotency-key-reused',
        'request-in-progress',
        'unsupported-currency',
        'unknown-sku',
        'price-mismatch',
        'total-mismatch',
        'amount-out-of-range',
        'currency-mismatch',
        'quote-stale',
        'card-data-forbidden',
      ],
    },
    handle: (call) => placeOrder(parts, call),
  });

function placeOrder(parts: PlaceOrderParts, call: Call<unknown, PlaceOrderBody>): Promise<Answer> {
  const { principal, body } = call;
  const { store } = principal;
  refuseForAnother(principal, body);
  const key = keyOf(principal, call.idempotencyKey ?? '');
  const orderId = orderIdOf(store, key);
  const origin = {
    store,
    commandId: commandIdOf(store, `POST ${path}`, path, key),
    fingerprint: fingerprintOf(parts.fingerprintSecret, { method: 'POST', path, body }),
    requestId: call.requestId,
  };
  return submitOnce(
    {
      ...origin,
      keyId: principal.keyId,
      findEarlier: (patience) => findOrder(parts, orderId, patience),
      answerAt: (position) => answerAt(orderId, position),
      prepare: async (): Promise<Submission> => {
        const priced = priceRequest(parts, principal, body);
        const seal = await parts.sealer.sealFor(store, body.customerId);
        const command = placeOrderCommand(origin, orderId, body, priced, seal);
        const value = parts.codec.encode(command);
        return { topic: inboxOf('orders'), key: orderId, value, traceparent: call.traceparent };
      },
    },
    parts,
  );
}

/** A visitor of the shop orders as himself: what he is shown later hangs on it. */
function refuseForAnother({ customerId }: Principal, body: PlaceOrderBody): void {
  if (customerId === undefined || customerId === body.customerId) return;
  throw new Problem('insufficient-scope', {
    detail: 'A visitor of the shop orders under his own customerId.',
  });
}

/** Keys of visitors are each visitor's own: what one chooses takes none from the store, nor from another. */
const keyOf = ({ customerId }: Principal, key: string): string =>
  customerId === undefined ? key : `${customerId} ${key}`;

function answerAt(orderId: OrderId, position: string): StoredAnswer {
  const location = `${path}/${orderId}?after=${position}`;
  return {
    location,
    body: {
      orderId,
      status: 'accepted',
      position,
      links: { order: location, events: `${path}/${orderId}/events` },
    },
  };
}

/** The order of the same id in the view, or its parked command: it rebuilds the answer when the cache has lost it. */
async function findOrder(
  { orders, claims, nowMs }: PlaceOrderParts,
  orderId: OrderId,
  patience: Patience,
): Promise<Earlier> {
  try {
    const { order, placing, partition, position } = await within(patienceMs[patience], orders.read(orderId));
    const earlier = order ?? placing;
    if (earlier) {
      const answer = answerAt(orderId, formatCoordinate({ partition, offset: position.cause }));
      return { is: 'found', fingerprint: earlier.fingerprint, answer };
    }
    const knows = isFresh(position, nowMs()) && (position.atMs ?? 0) > claims.lostAtMs;
    return knows ? { is: 'absent', watermarkMs: position.atMs ?? 0 } : { is: 'unsure' };
  } catch {
    return { is: 'unsure' }; // Redis is away or slow: the log decides
  }
}
