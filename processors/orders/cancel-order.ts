import type { CancelOrder } from '../../schemas/generated/orders-commands.ts';
import type { CancelNoted } from '../../schemas/generated/orders-events.ts';
import { eventsOfCell, ignored, type NoteSubject, refused } from '../../schemas/notes.ts';
import { orderTransitions } from '../../schemas/order-transitions.ts';
import { hasOpenDispute } from '../payments/payment.ts';
import { isUnshipped } from './after-sales.ts';
import { askerOf } from './order-events.ts';
import { OrderDraft } from './order-draft.ts';
import type { Order, OrderEvent } from './order.ts';
import { leftMinor } from './refund-order.ts';
import { unwind } from './unwind-order.ts';

/**
 * Somebody wants the order not to happen. While money is in flight that is noted, and the truth decides (trap 22);
 * pieces that left the building come back as a return.
 */
export function decideCancel(
  order: Order,
  { reason }: Pick<CancelOrder, 'reason'>,
  about: NoteSubject,
  atMs: number,
): readonly OrderEvent[] {
  const note = (): readonly OrderEvent[] =>
    order.cancelNoted === null ? [noted(order, reason, about)] : [ignored(about, 'already-noted')];
  const undo = (): readonly OrderEvent[] => {
    const draft = new OrderDraft(order, atMs);
    unwind(draft, { to: 'Cancelled', reason }, askerOf(about));
    return draft.events;
  };
  const isCancelled = order.unwinding?.to === 'Cancelled';
  return eventsOfCell<string, string, OrderEvent>(orderTransitions.CancelOrder[order.state], about, {
    'unwind-cancelled': undo,
    'note-cancel': note,
    'note-cancel-or-void': () => (order.payment.state === 'ActionRequired' ? undo() : note()),
    'cancel-confirmed': () => {
      if (!isUnshipped(order)) return [refused(about, 'partly-shipped')];
      const isFrozen = hasOpenDispute(order.payment) && leftMinor(order) > 0;
      return isFrozen ? [refused(about, 'disputed')] : undo();
    },
    'cancel-unwinding': () =>
      isCancelled ? [ignored(about, 'already-cancelled')] : [refused(about, 'closing')],
    'cancel-closed': () => (isCancelled ? [ignored(about, 'already-cancelled')] : [refused(about, 'closed')]),
  });
}

const noted = (order: Order, reason: string, about: NoteSubject): CancelNoted => ({
  type: 'CancelNoted',
  store: order.store,
  orderId: order.orderId,
  reason,
  ...askerOf(about),
});
