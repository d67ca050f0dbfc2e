import { createHash } from 'node:crypto';
import type { Checkout } from '../checkout/checkout.ts';
import { runPaced } from '../checkout/pace.ts';
import type { Plan, PlannedSku } from './plan-orders.ts';
import { chargedMinor, type PlannedOrder } from './planned-order.ts';
import { type PlacedOrder, returnGoods, shipOrders } from './replay-returns.ts';
import { type Refusal, type ReplaySummary, summarize } from './summarize.ts';

type ReplayStep = 'products' | 'stock' | 'orders' | 'shipments' | 'returns';

export interface ReplayProgress {
  step(name: ReplayStep, done: number, of: number): void;
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
 * Puts the products, receives the stock, posts the orders, ships what was confirmed, returns what came back, in this
 * order: an order's holds meet the stock received for it, a return what was shipped. Every request has a key made of the file's content, so a second run changes nothing, and
 * an interrupted one is finished by running it again.
 */
export async function replay(
  plan: Plan,
  contentHash: string,
  checkout: Checkout,
  { rate, scarce, progress }: ReplayOptions,
): Promise<{ readonly summary: ReplaySummary; readonly refusals: readonly Refusal[] }> {
  const count = (name: ReplayStep, of: number): (() => void) => {
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
  const placed: PlacedOrder[] = [];
  let replayed = 0;
  await runPaced(plan.orders, rate, async (order) => {
    const settled = await checkout.settle(placeOrder(order));
    if (settled.is === 'refused') refused.set(order, settled.code);
    else {
      placed.push({ order, id: settled.id, location: settled.location });
      if (settled.replayed) replayed += 1;
    }
    orderDone();
  });
  const shipped = await shipOrders(checkout, placed, rate, count('shipments', placed.length));
  const returned = await returnGoods(
    checkout,
    plan.returns,
    shipped,
    rate,
    count('returns', plan.returns.length),
  );
  return summarize(plan, { refused, replayed, shipped: shipped.size, returned });
}

interface Request {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly key: string;
  readonly body: unknown;
}

function placeOrder(order: PlannedOrder): Request {
  const { key, customerId, orderedAt, lines } = order;
  const shippingMinor = chargedMinor(order, 'shipping');
  const discountMinor = chargedMinor(order, 'discount');
  return {
    method: 'POST',
    path: '/v1/orders',
    key,
    body: {
      customerId,
      currency,
      lines: lines.map(({ sku, quantity, unitMinor }) => ({ sku, quantity, unitPriceMinor: unitMinor })),
      ...(shippingMinor > 0 ? { shippingMinor } : {}),
      ...(discountMinor > 0 ? { discountMinor } : {}),
      paymentToken: 'tok_ok',
      orderedAt,
    },
  };
}

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
