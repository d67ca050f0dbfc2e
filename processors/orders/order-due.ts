import type { OrderArchived } from '../../schemas/generated/orders-events.ts';
import { hasOpenDispute } from '../payments/payment.ts';
import { decidePaymentTime, paymentDueAtMs } from '../payments/decide-payment-time.ts';
import { lapsedReturn, returnDueAtMs } from './after-sales.ts';
import type { PaymentRules } from '../payments/payment-schedule.ts';
import { decideMoney } from './decide-money.ts';
import { isKept, type OrderOrHints } from './evolve-order.ts';
import { hintAlarm, hintsDueAtMs } from './kept-hints.ts';
import { OrderDraft } from './order-draft.ts';
import { isArchived, type Order, type OrderEvent } from './order.ts';
import { unwind } from './unwind-order.ts';

/** How long an order stays known in full after it came to rest (DESIGN §3, Snapshots). */
export const archiveAfterMs = 400 * 24 * 3_600_000;

/** When the order next falls due by itself, epoch ms of the log's clock; Infinity if never. */
export function orderDueAtMs(state: OrderOrHints): number {
  if (isKept(state)) return hintsDueAtMs(state);
  if (state.state === 'Holding') return state.holdUntilMs;
  if (isArchived(state)) return Number.POSITIVE_INFINITY;
  const dueMs = Math.min(paymentDueAtMs(state, state.payment), returnDueAtMs(state));
  return dueMs === Number.POSITIVE_INFINITY ? archiveAtMs(state) : dueMs;
}

/** Only what rests leaves the state: no open return, no doubt about money, nothing the bank decides. */
const archiveAtMs = ({ restedAtMs, payment }: Order): number =>
  restedAtMs === null || hasOpenDispute(payment) ? Number.POSITIVE_INFINITY : restedAtMs + archiveAfterMs;

/** What falls due at `atMs`: the Tick's cells of `orderTransitions`. At least one event. */
export function orderDue(state: OrderOrHints, atMs: number, payments: PaymentRules): readonly OrderEvent[] {
  if (isKept(state)) return [hintAlarm(state)];
  if (state.state === 'Holding') return expireHolds(state, atMs);
  if (paymentDueAtMs(state, state.payment) <= atMs) {
    const decision = decidePaymentTime(state, state.payment, atMs, payments);
    return decideMoney(state, decision, aboutTick(state), atMs);
  }
  const lapsed = lapsedReturn(state, atMs);
  return [lapsed ?? archiveOrder(state)];
}

/** The time to pay is over before the holds were all placed, so no money was asked for. */
function expireHolds(order: Order, atMs: number): readonly OrderEvent[] {
  const draft = new OrderDraft(order, atMs);
  unwind(draft, { to: 'Expired', reason: 'hold-time' });
  return draft.events;
}

const aboutTick = ({ orderId, state, payment }: Order) => ({
  command: 'Tick',
  key: orderId,
  state: `${state}/${payment.state}`,
  commandId: null,
  fingerprint: null,
  requestId: null,
});

/** An order that has been at rest for long enough leaves the state. */
const archiveOrder = ({ store, orderId, state, restedAtMs }: Order): OrderArchived => ({
  type: 'OrderArchived',
  store,
  orderId,
  as: state,
  atRestSinceMs: restedAtMs ?? 0,
});
