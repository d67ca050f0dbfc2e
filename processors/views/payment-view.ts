import { assertNever } from '../../schemas/assert-never.ts';
import type {
  EventBody,
  LookUpRequested,
  PaymentOpRequested,
  PaymentPending,
  PaymentUnknown,
} from '../../schemas/generated/orders-events.ts';
import { type CheckView, noCheck, type PaymentStatus, type PaymentView } from '../../schemas/order-view.ts';

/** The events of `foldPayment`; those of a refund's operation are `foldRefunds`'s. */
export type PaymentEvent = Extract<
  EventBody,
  {
    type:
      | 'PaymentOpRequested'
      | 'PaymentAuthorized'
      | 'PaymentDeclined'
      | 'PaymentCaptured'
      | 'PaymentCaptureFailed'
      | 'PaymentVoided'
      | 'PaymentLapsed'
      | 'PaymentUnknown'
      | 'PaymentPending'
      | 'PaymentActionRequired'
      | 'LookUpRequested';
  }
>;

/** True where an event speaks of a refund's operation: `orderId:refund:refundId` (schemas/ids.ts). */
export const isOfRefund = ({ opId }: { readonly opId: string }): boolean => kindOf(opId) === 'refund';

const kindOf = (opId: string): string => opId.split(':')[1] ?? '';

/** The money of an order but its refunds, after one event; pure. `atMs` is the event's. */
export function foldPayment(payment: PaymentView, body: PaymentEvent, atMs: number): PaymentView {
  switch (body.type) {
    case 'PaymentOpRequested':
      return { ...at(payment, askedStatus(body), atMs), kind: kindOfMain(body.kind) };
    case 'PaymentAuthorized': {
      const { pspRef, captureBeforeMs } = body;
      return { ...at(payment, 'authorized', atMs), pspRef, captureBeforeMs };
    }
    case 'PaymentDeclined':
      return { ...at(payment, 'declined', atMs), declineCode: body.code };
    case 'PaymentCaptureFailed':
      // The reservation stands: what is done with it comes next.
      return { ...at(payment, 'authorized', atMs), declineCode: body.code };
    case 'PaymentCaptured': {
      const capturedMinor = payment.capturedMinor + body.amountMinor;
      return { ...at(payment, 'captured', atMs), pspRef: body.pspRef, captureBeforeMs: null, capturedMinor };
    }
    case 'PaymentVoided':
      return { ...at(payment, 'voided', atMs), captureBeforeMs: null };
    case 'PaymentLapsed':
      return { ...at(payment, 'lapsed', atMs), captureBeforeMs: null };
    case 'PaymentPending': {
      const pending = payment.status === 'pending' ? payment : at(payment, 'pending', atMs);
      return { ...pending, kind: kindOfMain(body.kind), pspRef: body.pspRef ?? payment.pspRef };
    }
    case 'PaymentActionRequired': {
      const required = at(payment, 'action-required', atMs);
      return { ...required, kind: 'authorize', pspRef: body.pspRef ?? payment.pspRef, client: body.client };
    }
    case 'PaymentUnknown': {
      // It stays unknown since the first time.
      const known = payment.status === 'unknown' ? payment : at(payment, 'unknown', atMs);
      return { ...known, kind: kindOfMain(body.kind), check: unknownCheck(known.check, body) };
    }
    case 'LookUpRequested':
      return { ...payment, check: askedCheck(payment.check, body, atMs) };
    default:
      return assertNever(body);
  }
}

/** A status of now: what was true of the one before ends with it. */
const at = (payment: PaymentView, status: PaymentStatus, atMs: number): PaymentView => ({
  ...payment,
  status,
  kind: null,
  sinceMs: atMs,
  client: null,
  check: noCheck,
});

const kindOfMain = (kind: PaymentPending['kind']): PaymentView['kind'] => (kind === 'refund' ? null : kind);

function askedStatus({ kind }: PaymentOpRequested): PaymentStatus {
  if (kind === 'authorize') return 'authorizing';
  return kind === 'capture' ? 'capturing' : 'voiding';
}

export const unknownCheck = (
  check: CheckView,
  { cause, amountMinor, nextCheckAtMs, decideByMs }: PaymentUnknown,
): CheckView => ({ ...check, cause, atRiskMinor: amountMinor, nextCheckAtMs, decideByMs });

export const askedCheck = (
  check: CheckView,
  { nextCheckAtMs, decideByMs }: LookUpRequested,
  atMs: number,
): CheckView => ({
  ...check,
  checks: check.checks + 1,
  lastCheckedAtMs: atMs,
  nextCheckAtMs,
  decideByMs: decideByMs ?? check.decideByMs,
});
