import type { Payout, SettlementEntry } from '../psp.ts';
import { balanceTransactions, createdOn, inOurs, type Transaction } from './stripe-balance.ts';
import type { StripeClient } from './stripe-client.ts';

/**
 * Balance transactions of one UTC day as settlement lines. One account serves all stores: a line whose metadata names
 * another store is left out, one that names none is everybody's. Throws if Stripe does not answer.
 */
export async function* settlementsAtStripe(
  client: StripeClient,
  store: string,
  day: string,
): AsyncIterable<SettlementEntry> {
  const filter = { created: createdOn(day) };
  for await (const line of balanceTransactions(client, filter, `balance transactions of ${day}`)) {
    const entry = toEntry(line, store, day);
    if (entry) yield entry;
  }
}

/**
 * Payouts of one UTC day, each with the transactions it is made of. The account's, so the same for every store. One that
 * somebody asked for by hand is left out: Stripe does not say what it is made of. Throws if Stripe does not answer.
 */
export async function* payoutsAtStripe(client: StripeClient, day: string): AsyncIterable<Payout> {
  const filter = { type: 'payout', created: createdOn(day) };
  for await (const { id, net, currency, source } of balanceTransactions(
    client,
    filter,
    `payouts of ${day}`,
  )) {
    const { id: payoutId, automatic } = typeof source === 'object' ? (source ?? {}) : {};
    if (payoutId === undefined || automatic !== true) continue;
    const lines: Payout['lines'][number][] = [];
    for await (const part of balanceTransactions(client, { payout: payoutId }, `lines of ${payoutId}`)) {
      if (part.type === 'payout') continue; // the payout itself: what leaves the balance
      lines.push({ lineId: part.id, netMinor: inOurs(part.net, part.currency.toUpperCase(), part.id) });
    }
    const settledIn = currency.toUpperCase();
    const amount = { minor: -inOurs(net, settledIn, id), currency: settledIn };
    yield { payoutId, day, amount, lines };
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
  const gross = isOther ? Math.sign(line.amount) * (source?.amount ?? 0) : line.amount;
  return {
    lineId: line.id,
    day,
    kind: kindOf(line),
    pspRef: source?.payment_intent ?? '',
    ...(opId === undefined ? {} : { opId }),
    ...(orderId === undefined ? {} : { orderId }),
    gross: { minor: inOurs(gross, currency, line.id), currency },
    feeMinor: inOurs(line.fee, settledIn, line.id),
    netMinor: inOurs(line.net, settledIn, line.id),
    ...(isOther ? { settled: { minor: inOurs(line.amount, settledIn, line.id), currency: settledIn } } : {}),
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
