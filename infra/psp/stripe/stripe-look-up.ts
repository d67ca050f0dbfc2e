import { z } from 'zod';
import type { Exchange } from '../http-exchange.ts';
import { factsOf } from '../provider-facts.ts';
import { disputeObject, type PaymentIntent, paymentIntent, refundObject } from '../provider-objects.ts';
import { toJson } from '../provider-replies.ts';
import type { Facts } from '../psp.ts';
import type { CallLimits, StripeClient } from './stripe-client.ts';
import { stripeScale } from './stripe-scale.ts';

type Answer = Facts | 'not-found' | 'unavailable';

const pageMax = 100;
const limits: CallLimits = { timeoutMs: 10_000, replyBytesMax: 1_048_576 };
const expand = ['latest_charge'];

/** What Stripe shows of a payment: by its reference, else by search, which lags behind (payments §5). */
export async function lookUpAtStripe(
  client: StripeClient,
  { opId, pspRef }: { readonly opId: string; readonly pspRef?: string },
): Promise<Answer> {
  const found = pspRef === undefined ? await search(client, opId) : await retrieve(client, pspRef);
  if (typeof found === 'string') return found;
  let last: Answer = 'not-found';
  // several payments of one op are a discrepancy for reconciliation; here the first that moved anything speaks
  for (const payment of found) {
    last = await whole(client, payment);
    if (last !== 'not-found') return last;
  }
  return last;
}

type Found = readonly PaymentIntent[] | 'not-found' | 'unavailable';

async function retrieve(client: StripeClient, pspRef: string): Promise<Found> {
  const result = await client.call(
    ({ paymentIntents }) => paymentIntents.retrieve(pspRef, { expand }),
    limits,
  );
  if (result.is === 'reply' && result.status === 404) return 'not-found';
  const { data } = paymentIntent.safeParse(jsonOf(result));
  return data ? [data] : 'unavailable';
}

async function search(client: StripeClient, opId: string): Promise<Found> {
  const quoted = opId.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const result = await client.call(
    ({ paymentIntents }) =>
      paymentIntents.search({ query: `metadata['opId']:'${quoted}'`, expand: ['data.latest_charge'] }),
    limits,
  );
  const { data } = z.object({ data: z.array(paymentIntent) }).safeParse(jsonOf(result));
  return data ? data.data : 'unavailable';
}

async function whole(client: StripeClient, payment: PaymentIntent): Promise<Answer> {
  const ofPayment = { payment_intent: payment.id, limit: pageMax };
  const [refunds, disputes] = await Promise.all([
    client.call((stripe) => stripe.refunds.list(ofPayment), limits),
    client.call((stripe) => stripe.disputes.list(ofPayment), limits),
  ]);
  const seenRefunds = pageOf(refundObject, refunds);
  const seenDisputes = pageOf(disputeObject, disputes);
  if (!seenRefunds || !seenDisputes) return 'unavailable';
  return factsOf({ payment, refunds: seenRefunds, disputes: seenDisputes }, stripeScale);
}

/** A whole list, or null: more than a page of refunds is not shown half. */
function pageOf<T>(shape: z.ZodType<T>, result: Exchange): readonly T[] | null {
  const { data } = z.object({ data: z.array(shape), has_more: z.boolean() }).safeParse(jsonOf(result));
  return data && !data.has_more ? data.data : null;
}

const jsonOf = (result: Exchange): unknown =>
  result.is === 'reply' && result.status === 200 ? toJson(result) : undefined;
