import type { CommandBody } from '../../../../schemas/generated/orders-commands.ts';
import type { LifeScript } from './life-script.ts';
import {
  answered,
  answerRefund,
  asksBack,
  authorized,
  authorizing,
  captured,
  capturing,
  closing,
  commitAll,
  committing,
  confirmed,
  holdAll,
  releaseAll,
  reverseAll,
  unwinding,
  wholeRefund,
} from './life-steps.ts';

const cart = { lines: [{ sku: 'LAMP', quantity: 2, unitMinor: 500 }] };

export const cancel = (orderId: string): CommandBody => ({
  type: 'CancelOrder',
  orderId,
  reason: 'changed my mind',
});
const reason = 'changed my mind';

/** While stock has not answered: the hold that comes late is given back. */
export function cancelHolding(life: LifeScript): void {
  const order = life.place('cancel-holding', cart);
  const { at, outside } = life.ask(order, 'cancel', cancel(order.orderId));
  const seq = life.tell(order, at, unwinding('Cancelled', reason, { holds: order.holds }, outside));
  holdAll(life, order);
  life.refuse(order, 'shipments', shipAll(order.orderId), 'closing');
  releaseAll(life, order, seq, 'Cancelled', closing(order, 'Cancelled', reason));
  life.refuse(order, 'returns', { ...returnAll(order.orderId), returnId: 'r-0' }, 'closed');
}

/** While the money is asked for: noted; the reservation that comes is dropped, then stock is given back. */
export function cancelAuthorizing(life: LifeScript): void {
  const order = authorizing(life, 'cancel-authorizing', cart);
  const { at, outside } = life.ask(order, 'cancel', cancel(order.orderId));
  life.tell(order, at, { type: 'CancelNoted', reason, ...outside });
  const ok = life.outcome(order, life.op(order, 'authorize'), 'ok');
  const voiding = life.op(order, 'void');
  life.tell(order, ok, authorized(life, order), unwinding('Cancelled', reason), voiding);
  const done = life.outcome(order, voiding, 'ok');
  const seq = life.tell(
    order,
    done,
    { type: 'PaymentVoided', ...answered(life, order, 'void') },
    unwinding('Cancelled', reason, { holds: order.holds }),
  );
  releaseAll(life, order, seq + 1, 'Cancelled', closing(order, 'Cancelled', reason));
}

/** While the holds become sales: noted, and the reservation is dropped when they are. */
export function cancelCommitting(life: LifeScript): void {
  const { order, seq } = committing(life, 'cancel-committing', cart);
  const { at, outside } = life.ask(order, 'cancel', cancel(order.orderId));
  life.tell(order, at, { type: 'CancelNoted', reason, ...outside });
  const voiding = life.op(order, 'void');
  const { at: last } = commitAll(life, order, seq);
  life.tell(order, last, unwinding('Cancelled', reason), voiding);
  const done = life.outcome(order, voiding, 'ok');
  const named = life.tell(
    order,
    done,
    { type: 'PaymentVoided', ...answered(life, order, 'void') },
    unwinding('Cancelled', reason, { commits: order.holds }),
  );
  reverseAll(life, order, named + 1, order.holds, closing(order, 'Cancelled', reason));
}

/** While the money is taken: noted; what is taken goes back. */
export function cancelCapturing(life: LifeScript): void {
  const order = capturing(life, 'cancel-capturing', cart);
  const { at, outside } = life.ask(order, 'cancel', cancel(order.orderId));
  life.tell(order, at, { type: 'CancelNoted', reason, ...outside });
  const ok = life.outcome(order, life.op(order, 'capture'), 'ok');
  const back = wholeRefund(order, 'undo-1', 'cancel');
  const seq = life.tell(
    order,
    ok,
    captured(life, order),
    unwinding('Cancelled', reason, { commits: order.holds }),
    ...asksBack(life, order, back),
  );
  reverseAll(life, order, seq + 1, order.holds, closing(order, 'Cancelled', reason));
  answerRefund(life, order, back, 'succeeded');
}

/** A sale nothing was shipped of. */
export function cancelConfirmed(life: LifeScript): void {
  const order = confirmed(life, 'cancel-confirmed', cart);
  const { at, outside } = life.ask(order, 'cancel', cancel(order.orderId));
  const back = wholeRefund(order, 'undo-1', 'cancel');
  const seq = life.tell(
    order,
    at,
    unwinding('Cancelled', reason, { commits: order.holds }, outside),
    ...asksBack(life, order, back),
  );
  answerRefund(life, order, back, 'succeeded');
  reverseAll(life, order, seq, order.holds, closing(order, 'Cancelled', reason));
  // Once more: it is what it was to be.
  const again = life.ask(order, 'cancel', cancel(order.orderId));
  const { commandId, fingerprint } = again.outside;
  const key = order.orderId;
  life.logs.decide(again.at, key, [
    {
      type: 'CommandIgnored',
      command: 'CancelOrder',
      key,
      reason: 'already-cancelled',
      commandId,
      fingerprint,
    },
  ]);
}

export const shipAll = (orderId: string): CommandBody => ({
  type: 'RecordShipment',
  orderId,
  lines: [],
  carrier: null,
  trackingRef: null,
});

export const returnAll = (orderId: string) =>
  ({ type: 'RequestReturn', orderId, returnId: 'r-1', lines: [], reason: '', claimedAtMs: null }) as const;
