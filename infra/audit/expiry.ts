import type { UnwindStarted } from '../../schemas/generated/orders-events.ts';
import type { Fact } from './rule.ts';
import type { WalkedOrder } from './walks.ts';

/** Money that ended by itself: the order expires with it, whenever that is seen. */
const ended = new Set<string>(['Voided', 'Lapsed']);

/**
 * What speaks against an order's expiry, or null: a Tick at or past the deadline – of unknown money the time to decide,
 * else the time to pay – or a reservation that ended. An unwinding that goes on, to name its stock, was justified when it
 * began.
 */
export function whyNotExpired(
  { to, orderId }: UnwindStarted,
  { event, cause }: Fact,
  order: WalkedOrder,
): string | null {
  if (to !== 'Expired' || order.isUnwindingOn || ended.has(order.money)) return null;
  if (typeof cause !== 'string' && cause.command?.body.type !== 'Tick')
    return `order ${orderId} expires without a Tick`;
  const deadlineMs = order.decideByMs ?? order.holdUntilMs;
  return deadlineMs <= event.atMs
    ? null
    : `order ${orderId} expires at ${event.atMs}, its deadline is ${deadlineMs}`;
}
