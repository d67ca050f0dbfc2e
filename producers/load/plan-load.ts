import { seededRandom } from '../../infra/clients/seeded-random.ts';
import type { CheckoutRequest } from '../checkout/checkout.ts';

/** What one customer does: an order, and how often the very same request goes out again after its answer. */
export interface LoadStep {
  readonly request: CheckoutRequest;
  /** 0 mostly: a customer who clicks again, or a client that lost the answer. */
  readonly repeats: number;
  /** The second request leaves before the first has its answer. */
  readonly isDoubled: boolean;
}

const skuCount = 40;
/** The last SKUs run out, so that refused holds are part of the load. */
const scarceFrom = 38;
const plenty = 10_000_000;
const scarce = 200;

const skuOf = (n: number): string => `LOAD-${String(n).padStart(2, '0')}`;
const priceOf = (n: number): number => 100 + n * 25;

/** The products and the stock that the orders need; the same keys for the same run, so that it may be begun again. */
export function planGoods(run: string): readonly CheckoutRequest[] {
  const skus = Array.from({ length: skuCount }, (_, n) => n);
  return [
    ...skus.map(
      (n): CheckoutRequest => ({
        method: 'PUT',
        path: `/v1/catalogue/${skuOf(n)}`,
        key: `${run}-put-${n}`,
        body: { name: `Load ${n}`, prices: [{ currency: 'GBP', unitPriceMinor: priceOf(n) }] },
      }),
    ),
    ...skus.map(
      (n): CheckoutRequest => ({
        method: 'POST',
        path: `/v1/stock/${skuOf(n)}/movements`,
        key: `${run}-receive-${n}`,
        body: { type: 'receive', quantity: n < scarceFrom ? plenty : scarce, reason: 'opening' },
      }),
    ),
  ];
}

/** Order `n` of a run, the same for the same seed whatever became of those before it. */
export function planOrder(run: string, seed: number, n: number): LoadStep {
  const draw = seededRandom(seed + n * 2_654_435_761);
  const below = (bound: number): number => Math.floor(draw() * bound);
  const skus = new Set(Array.from({ length: 1 + below(3) }, () => below(skuCount)));
  const body = {
    customerId: `c-${below(5_000)}`,
    currency: 'GBP',
    lines: [...skus].map((sku) => ({ sku: skuOf(sku), quantity: 1 + below(4) })),
    paymentToken: draw() < 0.93 ? 'tok_ok' : 'tok_declined',
  };
  const repeats = draw() < 0.05 ? 1 + below(2) : 0;
  const isDoubled = draw() < 0.02;
  const late = draw() < 0.1 ? { orderedAt: lateTime(draw()) } : {};
  return {
    request: {
      method: 'POST',
      path: '/v1/orders',
      key: `${run}-order-${n}`,
      body: { ...body, ...late },
    },
    repeats,
    isDoubled,
  };
}

/** The year in which late customers say they ordered, or asked for their money back, by their own clocks. */
const lateFromMs = Date.UTC(2024, 0, 1);
const lateWithinMs = 366 * 86_400_000;

/** A time of the caller's that lies long before the log's, RFC 3339; `drawn` in [0, 1). */
export const lateTime = (drawn: number): string =>
  new Date(lateFromMs + Math.floor(drawn * lateWithinMs)).toISOString();
