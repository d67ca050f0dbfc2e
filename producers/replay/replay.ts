import { createHash } from 'node:crypto';
import type { QuarantineReason } from './classify-line.ts';
import type { Checkout } from '../checkout/checkout.ts';
import { runPaced } from '../checkout/pace.ts';
import { minorOf, type Plan, type PlannedOrder, type PlannedSku } from './plan-orders.ts';

/** What became of every line of the file; minor units in whole pence. */
export interface ReplaySummary {
  /** Orders the API has taken, also those it had taken before. */
  readonly orders: number;
  readonly accepted: { readonly orders: number; readonly lines: number; readonly minor: number };
  readonly quarantined: {
    readonly lines: number;
    readonly minor: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  /** Orders of `orders` that were there before this run. */
  readonly replayed: number;
  /** Goods lines of orders beyond `--limit`; absent without one. */
  readonly left?: { readonly lines: number; readonly minor: number };
}

/** A line that became no part of an order, for a report. */
export interface Refusal {
  readonly line: number;
  readonly reason: QuarantineReason | (string & {});
  readonly detail: string;
}

export interface ReplayProgress {
  step(name: 'products' | 'stock' | 'orders', done: number, of: number): void;
}

export interface ReplayOptions {
  readonly rate: number | 'max';
  /** Fraction of each SKU's need that is received, 0 to 1; null = all of it. */
  readonly scarce: number | null;
  readonly progress: ReplayProgress;
}

const currency = 'GBP';
const movementMax = 1_000_000_000n;

/**
 * Puts the products, receives the stock, posts the orders, in this order: an order's holds meet the stock
 * received for it. Every request has a key made of the file's content, so a second run changes nothing, and
 * an interrupted one is finished by running it again.
 */
export async function replay(
  plan: Plan,
  contentHash: string,
  checkout: Checkout,
  { rate, scarce, progress }: ReplayOptions,
): Promise<{ readonly summary: ReplaySummary; readonly refusals: readonly Refusal[] }> {
  const count = (name: 'products' | 'stock' | 'orders', of: number): (() => void) => {
    let done = 0;
    return () => progress.step(name, (done += 1), of);
  };
  const productDone = count('products', plan.skus.length);
  await runPaced(plan.skus, 'max', async (sku) => {
    await must(checkout, putProduct(sku, contentHash));
    productDone();
  });
  const movements = plan.skus.flatMap((sku) => receipts(sku, contentHash, scarce));
  const stockDone = count('stock', movements.length);
  await runPaced(movements, 'max', async (movement) => {
    await must(checkout, movement);
    stockDone();
  });
  const orderDone = count('orders', plan.orders.length);
  const refused = new Map<PlannedOrder, string>();
  let replayed = 0;
  await runPaced(plan.orders, rate, async (order) => {
    const settled = await checkout.settle(placeOrder(order));
    if (settled.is === 'refused') refused.set(order, settled.code);
    else if (settled.replayed) replayed += 1;
    orderDone();
  });
  return summarize(plan, refused, replayed);
}

/** Adds up what is accepted and quarantined, in BigInt. */
export function summarize(
  plan: Plan,
  refused: ReadonlyMap<PlannedOrder, string>,
  replayed: number,
): { readonly summary: ReplaySummary; readonly refusals: readonly Refusal[] } {
  const refusals: Refusal[] = [];
  const byReason: Record<string, number> = {};
  let quarantinedMinor = 0n;
  const quarantine = (refusal: Refusal, minor: bigint): void => {
    refusals.push(refusal);
    byReason[refusal.reason] = (byReason[refusal.reason] ?? 0) + 1;
    quarantinedMinor += minor;
  };
  for (const { line, reason, detail, minor } of plan.quarantined) quarantine({ line, reason, detail }, minor);
  const accepted = { orders: 0, lines: 0 };
  let acceptedMinor = 0n;
  for (const order of plan.orders) {
    const code = refused.get(order);
    if (code === undefined) {
      accepted.orders += 1;
      accepted.lines += order.lines.length;
    }
    for (const line of order.lines) {
      if (code === undefined) acceptedMinor += minorOf(line);
      else quarantine({ line: line.line, reason: code, detail: `refused with ${order.key}` }, minorOf(line));
    }
  }
  refusals.sort((a, b) => a.line - b.line);
  const { left } = plan;
  return {
    summary: {
      orders: accepted.orders,
      accepted: { ...accepted, minor: Number(acceptedMinor) },
      quarantined: { lines: refusals.length, minor: Number(quarantinedMinor), byReason },
      replayed,
      ...(left.lines > 0 ? { left: { lines: left.lines, minor: Number(left.minor) } } : {}),
    },
    refusals,
  };
}

interface Request {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly key: string;
  readonly body: unknown;
}

const placeOrder = ({ key, customerId, orderedAt, lines }: PlannedOrder): Request => ({
  method: 'POST',
  path: '/v1/orders',
  key,
  body: {
    customerId,
    currency,
    lines: lines.map(({ sku, quantity, unitMinor }) => ({ sku, quantity, unitPriceMinor: unitMinor })),
    paymentToken: 'tok_ok',
    orderedAt,
  },
});

function putProduct({ sku, name, unitMinor }: PlannedSku, contentHash: string): Request {
  const body = { name, prices: [{ currency, unitPriceMinor: unitMinor }] };
  return keyed(
    { method: 'PUT', path: `/v1/catalogue/${encodeURIComponent(sku)}`, body },
    contentHash,
    `put-${sku}`,
  );
}

/** One movement, or several where one cannot hold the quantity. */
function receipts({ sku, needed }: PlannedSku, contentHash: string, scarce: number | null): Request[] {
  // In millionths, so that no float touches a quantity; rounded down, so that something is short.
  let left = scarce === null ? needed : (needed * BigInt(Math.round(scarce * 1e6))) / 1_000_000n;
  const requests: Request[] = [];
  for (let n = 1; left > 0n; n += 1) {
    const quantity = left > movementMax ? movementMax : left;
    left -= quantity;
    const body = { type: 'receive', quantity: Number(quantity), reason: 'opening' };
    const path = `/v1/stock/${encodeURIComponent(sku)}/movements`;
    requests.push(keyed({ method: 'POST', path, body }, contentHash, `receive-${n}-${sku}`));
  }
  return requests;
}

/** A key of the file, the purpose and the body: another limit or fraction is another intent, not a reused key. */
function keyed(request: Omit<Request, 'key'>, contentHash: string, purpose: string): Request {
  const digest = createHash('sha256').update(JSON.stringify(request.body)).digest('hex').slice(0, 12);
  return { ...request, key: `uci-${contentHash}-${purpose}-${digest}` };
}

async function must(checkout: Checkout, request: Request): Promise<void> {
  const settled = await checkout.settle(request);
  if (settled.is === 'refused') {
    throw new SetUpRefused(
      `${request.method} ${request.path} was refused: ${settled.status} ${settled.code}`,
    );
  }
}

/** The API took a product or a receipt of stock for wrong; without it orders would fail for no reason of theirs. */
export class SetUpRefused extends Error {}
