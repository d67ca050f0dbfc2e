import type { Hold } from '../../schemas/generated/orders-events.ts';
import { hasOpenDispute, isMoneySettled } from '../payments/payment.ts';
import { requestVoid } from '../payments/request-payment.ts';
import {
  closeOrder,
  type Asker,
  type Ending,
  nobody,
  startUnwind,
  type StockToUndo,
} from './order-events.ts';
import type { OrderDraft } from './order-draft.ts';
import { isEnded, type Order } from './order.ts';
import { leftMinor, refundAll } from './refund-order.ts';

const noStock: StockToUndo = { holds: [], commits: [] };

/**
 * Undoes the order: money first, then stock (domain §3). Stock is named at once where authorize, capture and void are
 * determinate; else in a second UnwindStarted, when they are. A refund in flight does not delay it.
 */
export function unwind(draft: OrderDraft, ending: Ending, asker: Asker = nobody): void {
  const { order } = draft;
  draft.emit(startUnwind(order, ending, isVoidable(order) ? noStock : stockOf(order), asker));
  settle(draft);
}

/**
 * What is left to do for an order that is undone or was: what is reserved is dropped, what is taken goes back, also
 * when it shows up late, then stock is undone, and when all has ended the order closes.
 */
export function settle(draft: OrderDraft): void {
  const { order } = draft;
  if (isVoidable(order)) draft.emit(requestVoid(order, order.payment));
  if (isToGiveBack(order) && !hasOpenDispute(order.payment)) draft.emit(...refundAll(order));
  if (order.state !== 'Unwinding' || !order.unwinding || !isMoneySettled(order.payment)) return;
  const stock = stockOf(order);
  if (!order.unwinding.isStockAsked && stock.holds.length + stock.commits.length > 0) {
    draft.emit(startUnwind(order, order.unwinding, stock, nobody));
  }
  if (isUndone(order)) draft.emit(closeOrder(order, order.unwinding));
}

/** A reservation may stand at the provider: it is dropped, also where nobody knows. */
const isVoidable = ({ payment: { state } }: Order): boolean =>
  state === 'Authorized' ||
  state === 'Authorizing' ||
  state === 'AuthorizeUnknown' ||
  state === 'ActionRequired';

/** Captured money that no refund was asked for. One that failed is a debt (`RefundDue`), and was asked for. */
const isToGiveBack = (order: Order): boolean =>
  order.givenBackMinor < order.payment.capturedMinor && leftMinor(order) > 0;

/**
 * All has ended and captured = Σ refunds requested; `but` is a hold that is about to end. A hold that is committed and
 * not to be reversed has ended only if stock was asked, or nothing was left to ask for.
 */
export const isUndone = (order: Order, but: Hold | null = null): boolean =>
  isMoneySettled(order.payment) &&
  !isVoidable(order) &&
  !isToGiveBack(order) &&
  order.holds.every((hold) => hold === but || isEnded(hold));

/** Holds that are not sales yet, and of the sales what no cancelled line took back. */
function stockOf(order: Order): StockToUndo {
  const { holds } = order;
  if (holds.every(({ state }) => state !== 'committed')) {
    return { holds: holds.filter(({ state }) => state === 'asked' || state === 'placed'), commits: [] };
  }
  const commits = holds.flatMap((hold) => {
    const quantity = hold.state === 'committed' ? hold.quantity - cancelledOf(order, hold.sku) : 0;
    return quantity > 0 ? [{ ...hold, quantity }] : [];
  });
  return { holds: holds.filter(({ state }) => state === 'placed'), commits };
}

const cancelledOf = ({ lines, after }: Order, sku: string): number =>
  lines.reduce((sum, line, i) => (line.sku === sku ? sum + (after?.lines[i]?.cancelled ?? 0) : sum), 0);
