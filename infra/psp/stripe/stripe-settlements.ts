import { z } from 'zod';
import { toJson } from '../provider-replies.ts';
import type { SettlementEntry } from '../psp.ts';
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
        payment_intent: z.string().nullish(),
        amount: z.int().optional(),
        currency: z.string().optional(),
        metadata: z.record(z.string(), z.string()).nullish(),
      }),
    ])
    .nullish(),
});
type Transaction = z.output<typeof transaction>;

const page = z.object({ data: z.array(transaction), has_more: z.boolean() });

/**
 * Balance transactions of one UTC day as settlement lines. One account serves all stores: a line whose metadata names
 * another store is left out, one that names none is everybody's. Throws if Stripe does not answer.
 */
export async function* settlementsAtStripe(
  client: StripeClient,
  store: string,
  day: string,
): AsyncIterable<SettlementEntry> {
  const from = Date.parse(`${day}T00:00:00Z`) / 1_000;
  for (let after: string | undefined, more = true; more; ) {
    const result = await client.call(
      ({ balanceTransactions }) =>
        balanceTransactions.list({
          created: { gte: from, lt: from + 86_400 },
          limit: 100,
          expand: ['data.source'],
          ...(after === undefined ? {} : { starting_after: after }),
        }),
      limits,
    );
    const { data } = page.safeParse(
      result.is === 'reply' && result.status === 200 ? toJson(result) : undefined,
    );
    if (!data) throw new Error(`Stripe gave no balance transactions of ${day}`);
    for (const line of data.data) {
      const entry = toEntry(line, store, day);
      if (entry) yield entry;
    }
    after = data.data.at(-1)?.id;
    more = data.has_more && after !== undefined;
  }
}

/** Null for a line of another store, and for a payout: it is the sum of the others. */
function toEntry(line: Transaction, store: string, day: string): SettlementEntry | null {
  const source = typeof line.source === 'object' ? line.source : null;
  const { opId, orderId, store: of } = source?.metadata ?? {};
  if (line.type === 'payout' || (of !== undefined && of !== store)) return null;
  const settledIn = line.currency.toUpperCase();
  const currency = source?.currency?.toUpperCase() ?? settledIn;
  const isOther = currency !== settledIn;
  const inOurs = (amount: number, code: string): number => {
    const minor = stripeScale.fromProvider(amount, code);
    if (minor === null)
      throw new Error(`Stripe settles ${amount} ${code}, which is no amount of ours (${line.id})`);
    return minor;
  };
  const gross = isOther ? Math.sign(line.amount) * (source?.amount ?? 0) : line.amount;
  return {
    lineId: line.id,
    day,
    kind: kindOf(line),
    pspRef: source?.payment_intent ?? '',
    ...(opId === undefined ? {} : { opId }),
    ...(orderId === undefined ? {} : { orderId }),
    gross: { minor: inOurs(gross, currency), currency },
    feeMinor: inOurs(line.fee, settledIn),
    netMinor: inOurs(line.net, settledIn),
    ...(isOther ? { settled: { minor: inOurs(line.amount, settledIn), currency: settledIn } } : {}),
  };
}

function kindOf({ type, reporting_category: category }: Transaction): SettlementEntry['kind'] {
  if (category?.startsWith('dispute')) return 'dispute';
  return kinds.get(type) ?? 'adjustment';
}

const kinds: ReadonlyMap<string, SettlementEntry['kind']> = new Map([
  ['charge', 'charge'],
  ['payment', 'charge'],
  ['refund', 'refund'],
  ['payment_refund', 'refund'],
  ['stripe_fee', 'fee'],
  ['application_fee', 'fee'],
  ['network_cost', 'fee'],
] as const);
