import { seededRandom } from '../../infra/clients/seeded-random.ts';
import { commandIdOf, orderIdOf } from '../../schemas/ids.ts';
import type { CheckoutRequest } from '../checkout/checkout.ts';
import { lateTime } from './plan-load.ts';

/** One thing done with an order after it was accepted, so long after the step before it. */
export interface LifeStep {
  readonly afterMs: number;
  readonly request: CheckoutRequest;
}

/** Shares of the orders that have a later life, in percent; most have none. */
const shares = { cancel: 5, cancelLines: 3, shipAndReturn: 8, refunds: 5 } as const;

/**
 * What a shop and its customer do with order `n` of a run, the same for the same seed: cancel it while its money is
 * under way, take pieces out of it, ship, deliver and take back, refund it twice at once. Nobody waits for the order to
 * be ready: what comes too early is refused, and is asked again by the load until it is decided.
 */
export function planLife(
  store: string,
  seed: number,
  n: number,
  { key: orderKey, body }: CheckoutRequest,
): readonly LifeStep[] {
  const draw = seededRandom(seed + 17 + n * 2_246_822_519);
  const below = (bound: number): number => Math.floor(draw() * bound);
  const orderId = orderIdOf(store, orderKey);
  const post = (action: string, of: object, afterMs: number): LifeStep => ({
    afterMs,
    request: {
      method: 'POST',
      path: `/v1/orders/${orderId}/${action}`,
      key: `${orderKey}-${action.replaceAll('/', '-')}`,
      body: of,
    },
  });
  const [first] = (body as { readonly lines: readonly { readonly quantity: number }[] }).lines;
  const piece = { lines: [{ line: 1, quantity: 1 }] };
  let drawn = below(100);
  const isOf = (share: number): boolean => (drawn -= share) < 0;
  if (isOf(shares.cancel)) return [post('cancel', { reason: 'changed-mind' }, below(1_500))];
  if (isOf(shares.cancelLines)) {
    return (first?.quantity ?? 1) > 1 ? [post('cancel', { ...piece, reason: 'too-many' }, 2_000)] : [];
  }
  if (isOf(shares.shipAndReturn)) {
    const returns = post('returns', { ...piece, reason: 'too-small' }, 500);
    const { path, key } = returns.request;
    const returnId = commandIdOf(store, 'POST /v1/orders/{id}/returns', path, key);
    const inspected = draw() < 0.6 ? { restock: true } : { restock: false, condition: 'damaged' };
    return [
      post('shipments', {}, 2_000),
      post('deliveries', {}, 500),
      returns,
      post(`returns/${returnId}/receipt`, inspected, 500),
    ];
  }
  if (!isOf(shares.refunds)) return [];
  const refund = (name: string, of: object): LifeStep => {
    const { afterMs, request } = post('refunds', of, 2_000);
    return { afterMs, request: { ...request, key: `${request.key}-${name}` } };
  };
  return [
    refund('amount', { amountMinor: 25, currency: 'GBP', reason: 'late', claimedAt: lateTime(draw()) }),
    refund('piece', { ...piece, reason: 'broken' }),
  ];
}
