import type { PaymentOp } from './payment.ts';
import { decided, discrepancyOf, type Money, type PaymentDecision, placeOf } from './payment-decision.ts';
import { requestAgain } from './request-payment.ts';

/** What is seen of money that a look-up, or a late reply, shows. */
export interface SeenMoney {
  readonly pspRef: string;
  readonly captureBeforeMs: number | null;
}

/**
 * The money is reserved. While it is being voided that is late news: the void is sent again. Where it was given up
 * the order voids it.
 */
export function seeAuthorized(money: Money, op: PaymentOp, seen: SeenMoney): PaymentDecision {
  const { order, payment } = money;
  const event = {
    type: 'PaymentAuthorized',
    ...placeOf(order, op),
    amountMinor: op.amountMinor,
    currency: op.currency,
    pspRef: seen.pspRef,
    captureBeforeMs: seen.captureBeforeMs,
  } as const;
  const latest = payment.ops.at(-1);
  if (payment.state !== 'Voiding' && payment.state !== 'VoidUnknown') return decided([event], 'Authorized');
  return decided(
    latest?.kind === 'void' ? [event, requestAgain(order, 'void', latest, latest.pspRef)] : [event],
  );
}

/** The money is taken. Nobody asked for it: then it is a discrepancy too, if this provider captures apart. */
export function seeCaptured(money: Money, op: PaymentOp, seen: SeenMoney): PaymentDecision {
  const { order, payment, rules } = money;
  const event = {
    type: 'PaymentCaptured',
    ...placeOf(order, op),
    amountMinor: op.amountMinor,
    currency: op.currency,
    pspRef: seen.pspRef,
  } as const;
  const unasked = rules.separateCapture && !payment.ops.some(({ kind }) => kind === 'capture');
  if (!unasked) return decided([event], 'Captured');
  const disagreement = {
    opId: op.opId,
    class: 'state',
    ours: payment.state,
    theirs: `captured ${op.amountMinor} of ${seen.pspRef}`,
    amountMinor: op.amountMinor,
  } as const;
  return decided([event, discrepancyOf(order, disagreement)], 'Captured');
}
