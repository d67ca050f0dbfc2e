import type { Stripe } from 'stripe';
import { z } from 'zod';
import { toJson } from '../provider-replies.ts';
import type { CallLimits, StripeClient } from './stripe-client.ts';
import { stripeScale } from './stripe-scale.ts';

const limits: CallLimits = { timeoutMs: 30_000, replyBytesMax: 8_388_608 };

const transaction = z.object({
  id: z.string().min(1),
  type: z.string(),
  reporting_category: z.string().nullish(),
  /** Minor units of the settlement currency, signed. */
  amount: z.int(),
  fee: z.int(),
  net: z.int(),
  currency: z.string(),
  source: z
    .union([
      z.string(),
      z.object({
        id: z.string().optional(),
        /** Of a payout: made by Stripe's plan, so that its transactions can be listed. */
        automatic: z.boolean().optional(),
        payment_intent: z.string().nullish(),
        amount: z.int().optional(),
        currency: z.string().optional(),
        metadata: z.record(z.string(), z.string()).nullish(),
      }),
    ])
    .nullish(),
});
export type Transaction = z.output<typeof transaction>;

const page = z.object({ data: z.array(transaction), has_more: z.boolean() });

/** The `created` filter of one UTC day, in Stripe's seconds. */
export function createdOn(day: string): { readonly gte: number; readonly lt: number } {
  const from = Date.parse(`${day}T00:00:00Z`) / 1_000;
  return { gte: from, lt: from + 86_400 };
}

/** Every balance transaction that fits, with its source. Throws, naming `what`, if Stripe does not answer. */
export async function* balanceTransactions(
  client: StripeClient,
  filter: Stripe.BalanceTransactionListParams,
  what: string,
): AsyncGenerator<Transaction> {
  for (let after: string | undefined, more = true; more; ) {
    const start = after === undefined ? {} : { starting_after: after };
    const result = await client.call(
      (stripe) =>
        stripe.balanceTransactions.list({ ...filter, limit: 100, expand: ['data.source'], ...start }),
      limits,
    );
    const { data } = page.safeParse(
      result.is === 'reply' && result.status === 200 ? toJson(result) : undefined,
    );
    if (!data) throw new Error(`Stripe gave no ${what}`);
    yield* data.data;
    after = data.data.at(-1)?.id;
    more = data.has_more && after !== undefined;
  }
}

/** Stripe's minor units as ours. Throws if they are no amount of ours; `id` is the transaction's. */
export function inOurs(amount: number, currency: string, id: string): number {
  const minor = stripeScale.fromProvider(amount, currency);
  if (minor === null)
    throw new Error(`Stripe settles ${amount} ${currency}, which is no amount of ours (${id})`);
  return minor;
}
