import { assertNever } from '../../schemas/assert-never.ts';
import type {
  DisputeRecorded,
  EventBody,
  RefundDue,
  RefundRecorded,
  RefundRequested,
} from '../../schemas/generated/orders-events.ts';
import { type DisputeView, noCheck, type RefundView } from '../../schemas/order-view.ts';
import { askedCheck, type PaymentEvent, unknownCheck } from './payment-view.ts';

/** The events of `foldRefunds`; of the payment events only those of a refund's operation. */
export type RefundEvent = RefundRequested | RefundRecorded | RefundDue | PaymentEvent;

/** The refunds of an order after one event, each with its own state; pure. */
export function foldRefunds(
  refunds: readonly RefundView[],
  body: RefundEvent,
  atMs: number,
): readonly RefundView[] {
  if (body.type === 'RefundRequested') return [...refunds, requested(body, atMs)];
  return refunds.map((refund) => (isOf(refund, body) ? changed(refund, body, atMs) : refund));
}

const isOf = (refund: RefundView, body: Exclude<RefundEvent, RefundRequested>): boolean =>
  'refundId' in body ? refund.refundId === body.refundId : refund.opId === body.opId;

const requested = (body: RefundRequested, atMs: number): RefundView => ({
  refundId: body.refundId,
  opId: body.opId,
  origin: body.origin,
  status: 'requested',
  sinceMs: atMs,
  amountMinor: body.amountMinor,
  shippingMinor: body.shippingMinor,
  lines: body.lines,
  reason: body.reason,
  code: null,
  check: noCheck,
  atMs,
  claimedAtMs: body.claimedAtMs,
});

function changed(refund: RefundView, body: Exclude<RefundEvent, RefundRequested>, atMs: number): RefundView {
  switch (body.type) {
    case 'RefundRecorded':
      return { ...at(refund, body.as, atMs), code: body.code };
    case 'RefundDue':
      return { ...at(refund, 'due', atMs), code: body.code };
    case 'PaymentOpRequested':
      return at(refund, 'requested', atMs);
    case 'PaymentPending':
      return refund.status === 'pending' ? refund : at(refund, 'pending', atMs);
    case 'PaymentUnknown': {
      const unknown = refund.status === 'unknown' ? refund : at(refund, 'unknown', atMs);
      return { ...unknown, check: unknownCheck(unknown.check, body) };
    }
    case 'LookUpRequested':
      return { ...refund, check: askedCheck(refund.check, body, atMs) };
    case 'PaymentAuthorized':
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentCaptureFailed':
    case 'PaymentVoided':
    case 'PaymentLapsed':
    case 'PaymentActionRequired':
      return refund; // no answer to a refund
    default:
      return assertNever(body);
  }
}

const at = (refund: RefundView, status: RefundView['status'], atMs: number): RefundView => ({
  ...refund,
  status,
  sinceMs: atMs,
  check: noCheck,
});

/** Money given back: refunds that succeeded and did not fail after that. */
export const refundedMinorOf = (refunds: readonly RefundView[]): number =>
  sumOf(refunds.filter(({ status }) => status === 'succeeded'));

/** The disputes of an order after news of one; pure. */
export function foldDisputes(
  disputes: readonly DisputeView[],
  { disputeId, as: status, amountMinor }: DisputeRecorded,
  atMs: number,
): readonly DisputeView[] {
  const is = { disputeId, status, amountMinor, sinceMs: atMs };
  const isKnown = disputes.some((dispute) => dispute.disputeId === disputeId);
  if (!isKnown) return [...disputes, is];
  return disputes.map((dispute) => (dispute.disputeId === disputeId ? is : dispute));
}

/** Money the bank took back. */
export const chargedBackMinorOf = (disputes: readonly DisputeView[]): number =>
  sumOf(disputes.filter(({ status }) => status === 'lost'));

const sumOf = (parts: readonly { readonly amountMinor: number }[]): number =>
  parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/** Types whose event ends what a person was asked about: the operation's answer, or the person's own. */
export const isAnswer = (body: EventBody): boolean => answers.has(body.type);

const answers: ReadonlySet<EventBody['type']> = new Set<EventBody['type']>([
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentCaptureFailed',
  'PaymentVoided',
  'PaymentLapsed',
  'RefundRecorded',
  'PaymentResolved',
]);
