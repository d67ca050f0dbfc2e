import { assertNever } from '../../schemas/assert-never.ts';
import type { ResolvePayment } from '../../schemas/generated/orders-commands.ts';
import type { PaymentResolved } from '../../schemas/generated/orders-events.ts';
import { isUnknown } from './doubt.ts';
import { refundFailed, refundSucceeded } from './decide-refund.ts';
import type { PaymentOp } from './payment.ts';
import { decided, type Money, noted, type PaymentDecision, placeOf } from './payment-decision.ts';
import { refundOf } from './refund.ts';
import { requestAgain } from './request-payment.ts';

/** A person's word, on money nobody else could decide: unknown, or waiting for him. */
export function decideResolve(money: Money, command: ResolvePayment): PaymentDecision {
  const { payment } = money;
  const refund = refundOf(payment, command.opId);
  if (refund) {
    if (!waits(refund)) return noted({ is: 'refuse', reason: 'nothing-to-resolve' });
    return said(
      money,
      command,
      command.as === 'done'
        ? refundSucceeded(money, refund, null)
        : refundFailed(money, refund, 'resolved-not-done'),
    );
  }
  const op = payment.ops.at(-1);
  if (!op || op.opId !== command.opId) return noted({ is: 'refuse', reason: 'unknown-operation' });
  if (!waits(payment) || !inFlight.has(payment.state)) {
    return noted({ is: 'refuse', reason: 'nothing-to-resolve' });
  }
  const resolved = command.as === 'done' ? done(money, op) : notDone(money, op);
  return resolved ? said(money, command, resolved) : noted({ is: 'refuse', reason: 'no-reference' });
}

const inFlight: ReadonlySet<string> = new Set([
  'AuthorizeUnknown',
  'Capturing',
  'CaptureUnknown',
  'Voiding',
  'VoidUnknown',
]);

const waits = ({ doubt }: Pick<Money['payment'], 'doubt'>): boolean =>
  doubt !== null && (doubt.person || isUnknown(doubt));

function said(
  { order }: Money,
  { opId, as, by, reason, evidence }: ResolvePayment,
  resolved: PaymentDecision,
): PaymentDecision {
  const event: PaymentResolved = {
    type: 'PaymentResolved',
    store: order.store,
    orderId: order.orderId,
    opId,
    as,
    by,
    reason,
    evidence,
    commandId: null,
    fingerprint: null,
    requestId: null,
  };
  return { ...resolved, events: [event, ...resolved.events] };
}

/** Money that moved needs the provider's reference; without one there is nothing to move it by later. */
function done({ order, payment }: Money, op: PaymentOp): PaymentDecision | null {
  const place = placeOf(order, op);
  const { amountMinor, currency } = op;
  const { pspRef } = payment;
  switch (op.kind) {
    case 'authorize': {
      if (pspRef === null) return null;
      const { captureBeforeMs } = payment;
      const taken = { ...place, amountMinor, currency, pspRef, captureBeforeMs };
      return decided([{ type: 'PaymentAuthorized', ...taken }], 'Authorized');
    }
    case 'capture':
      if (pspRef === null) return null;
      return decided([{ type: 'PaymentCaptured', ...place, amountMinor, currency, pspRef }], 'Captured');
    case 'void':
      return decided([{ type: 'PaymentVoided', ...place, amountMinor, currency, pspRef }], 'Voided');
    case 'refund':
      throw new Error(`${op.opId}: a refund has a table of its own`);
    default:
      return assertNever(op.kind);
  }
}

/** What was not voided still is reserved: a new attempt, since the old key may be forgotten by now. */
function notDone({ order }: Money, op: PaymentOp): PaymentDecision {
  const place = placeOf(order, op);
  switch (op.kind) {
    case 'authorize':
      return decided([{ type: 'PaymentLapsed', ...place, reason: 'resolved-not-done' }], 'Lapsed');
    case 'capture':
      return decided(
        [{ type: 'PaymentCaptureFailed', ...place, code: 'resolved-not-done' }],
        'CaptureFailed',
      );
    case 'void':
      return decided([requestAgain(order, 'void', { ...op, attempt: op.attempt + 1 }, op.pspRef)]);
    case 'refund':
      throw new Error(`${op.opId}: a refund has a table of its own`);
    default:
      return assertNever(op.kind);
  }
}
