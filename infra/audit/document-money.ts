import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { OrderView, PaymentView } from '../../schemas/order-view.ts';
import type { Document } from './order-document.ts';
import { oneOf } from './one-of.ts';

/** Events that name their refund or dispute, or the order's money as a whole. */
const isDecided = oneOf(
  'RefundRequested',
  'RefundRecorded',
  'RefundDue',
  'DisputeRecorded',
  'DiscrepancyRecorded',
);

/** Events of the payment’s operations. */
const isOfPayment = oneOf(
  'PaymentOpRequested',
  'PaymentAuthorized',
  'PaymentCaptureFailed',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentVoided',
  'PaymentLapsed',
  'PaymentPending',
  'PaymentActionRequired',
  'PaymentUnknown',
  'LookUpRequested',
);

/** Events of a refund’s operation. */
const isOfRefund = oneOf('PaymentOpRequested', 'PaymentPending', 'PaymentUnknown', 'LookUpRequested');

type Check = PaymentView['check'];
type Refund = OrderView['refunds'][number];

const unchecked: Check = {
  cause: null,
  atRiskMinor: 0,
  checks: 0,
  lastCheckedAtMs: null,
  nextCheckAtMs: null,
  decideByMs: null,
};

/** The payment of an order that was just placed. */
export const noMoney: PaymentView = {
  status: 'none',
  kind: null,
  sinceMs: null,
  declineCode: null,
  pspRef: null,
  captureBeforeMs: null,
  client: null,
  check: unchecked,
  capturedMinor: 0,
  refundedMinor: 0,
  chargedBackMinor: 0,
  discrepancies: 0,
};

/** What an event changes in the money of its order's document: payment, refunds, disputes, persons. */
export function noteMoney(order: Document, body: EventBody, atMs: number): void {
  notePersons(order, body, atMs);
  if (!isDecided(body)) {
    if (!('opId' in body) || body.opId === null) return;
    if (body.opId.split(':')[1] === 'refund') noteRefund(order, body, body.opId, atMs);
    else notePayment(order, body, atMs);
    return;
  }
  switch (body.type) {
    case 'RefundRequested': {
      const { refundId, opId, origin, amountMinor, shippingMinor, lines, reason, claimedAtMs } = body;
      const money = { amountMinor, shippingMinor, lines, reason, claimedAtMs };
      order.refunds = [
        ...order.refunds,
        {
          refundId,
          opId,
          origin,
          ...money,
          status: 'requested',
          sinceMs: atMs,
          code: null,
          check: unchecked,
          atMs,
        },
      ];
      return;
    }
    case 'RefundRecorded':
    case 'RefundDue': {
      const status = body.type === 'RefundDue' ? 'due' : body.as;
      changeRefunds(
        order,
        ({ refundId }) => refundId === body.refundId,
        (one) => ({ ...one, status, sinceMs: atMs, check: unchecked, code: body.code }),
      );
      return;
    }
    case 'DisputeRecorded': {
      const { disputeId, amountMinor } = body;
      const one = { disputeId, status: body.as, amountMinor, sinceMs: atMs };
      const at = order.disputes.findIndex((known) => known.disputeId === disputeId);
      order.disputes = at < 0 ? [...order.disputes, one] : order.disputes.with(at, one);
      const lost = order.disputes.filter(({ status }) => status === 'lost');
      pay(order, { chargedBackMinor: lost.reduce((sum, dispute) => sum + dispute.amountMinor, 0) });
      return;
    }
    case 'DiscrepancyRecorded':
      pay(order, { discrepancies: order.payment.discrepancies + 1 });
      return;
  }
}

const pay = (order: Document, change: Partial<PaymentView>): void => {
  order.payment = { ...order.payment, ...change };
};

/** A new status of the payment: what belonged to the one before is over. */
function become(order: Document, atMs: number, change: Partial<PaymentView>): void {
  pay(order, { kind: null, client: null, check: unchecked, sinceMs: atMs, ...change });
}

function notePayment(order: Document, body: EventBody, atMs: number): void {
  const { payment } = order;
  if (!isOfPayment(body)) return;
  switch (body.type) {
    case 'PaymentOpRequested': {
      const words = { authorize: 'authorizing', capture: 'capturing', void: 'voiding' } as const;
      if (body.kind === 'refund') return;
      return become(order, atMs, { status: words[body.kind], kind: body.kind });
    }
    case 'PaymentAuthorized': {
      const { pspRef, captureBeforeMs } = body;
      return become(order, atMs, { status: 'authorized', pspRef, captureBeforeMs });
    }
    case 'PaymentCaptureFailed':
      return become(order, atMs, { status: 'authorized', declineCode: body.code });
    case 'PaymentDeclined':
      return become(order, atMs, { status: 'declined', declineCode: body.code });
    case 'PaymentCaptured': {
      const { pspRef, amountMinor } = body;
      const capturedMinor = payment.capturedMinor + amountMinor;
      return become(order, atMs, { status: 'captured', pspRef, captureBeforeMs: null, capturedMinor });
    }
    case 'PaymentVoided':
    case 'PaymentLapsed':
      return become(order, atMs, {
        status: body.type === 'PaymentVoided' ? 'voided' : 'lapsed',
        captureBeforeMs: null,
      });
    case 'PaymentPending':
      // It is so since the first time.
      if (payment.status !== 'pending') become(order, atMs, { status: 'pending' });
      return pay(order, { kind: kindOf(body.kind), pspRef: body.pspRef ?? payment.pspRef });
    case 'PaymentActionRequired':
      return become(order, atMs, {
        status: 'action-required',
        kind: 'authorize',
        pspRef: body.pspRef ?? payment.pspRef,
        client: body.client,
      });
    case 'PaymentUnknown':
      if (payment.status !== 'unknown') become(order, atMs, { status: 'unknown' });
      return pay(order, { kind: kindOf(body.kind), check: doubted(order.payment.check, body) });
    case 'LookUpRequested':
      return pay(order, { check: asked(payment.check, body, atMs) });
  }
}

const kindOf = (kind: 'authorize' | 'capture' | 'void' | 'refund'): PaymentView['kind'] =>
  kind === 'refund' ? null : kind;

function noteRefund(order: Document, body: EventBody, opId: string, atMs: number): void {
  const change = (by: (refund: Refund) => Refund): void =>
    changeRefunds(order, (refund) => refund.opId === opId, by);
  const become = (refund: Refund, status: Refund['status']): Refund =>
    refund.status === status ? refund : { ...refund, status, sinceMs: atMs, check: unchecked };
  if (!isOfRefund(body)) return;
  switch (body.type) {
    case 'PaymentOpRequested':
      return change((one) => ({ ...one, status: 'requested', sinceMs: atMs, check: unchecked }));
    case 'PaymentPending':
      return change((one) => become(one, 'pending'));
    case 'PaymentUnknown':
      return change((one) => {
        const unknown = become(one, 'unknown');
        return { ...unknown, check: doubted(unknown.check, body) };
      });
    case 'LookUpRequested':
      return change((one) => ({ ...one, check: asked(one.check, body, atMs) }));
  }
}

/** What went back counts the refunds that are known to have, now. */
function changeRefunds(
  order: Document,
  fits: (refund: Refund) => boolean,
  by: (refund: Refund) => Refund,
): void {
  order.refunds = order.refunds.map((refund) => (fits(refund) ? by(refund) : refund));
  const back = order.refunds.filter(({ status }) => status === 'succeeded');
  pay(order, { refundedMinor: back.reduce((sum, { amountMinor }) => sum + amountMinor, 0) });
}

const doubted = (check: Check, body: Extract<EventBody, { type: 'PaymentUnknown' }>): Check => ({
  ...check,
  cause: body.cause,
  atRiskMinor: body.amountMinor,
  nextCheckAtMs: body.nextCheckAtMs,
  decideByMs: body.decideByMs,
});

const asked = (check: Check, body: Extract<EventBody, { type: 'LookUpRequested' }>, atMs: number): Check => ({
  ...check,
  checks: check.checks + 1,
  lastCheckedAtMs: atMs,
  nextCheckAtMs: body.nextCheckAtMs,
  decideByMs: body.decideByMs ?? check.decideByMs,
});

const answers = new Set<EventBody['type']>([
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentCaptureFailed',
  'PaymentVoided',
  'PaymentLapsed',
  'RefundRecorded',
  'PaymentResolved',
]);

/** A person is asked about an operation until it, or the payment as a whole, is answered. */
function notePersons(order: Document, body: EventBody, atMs: number): void {
  if (body.type === 'PersonNeeded') {
    const { opId, reason, amountMinor } = body;
    const at = order.persons.findIndex((one) => one.opId === opId);
    const sinceMs = order.persons[at]?.sinceMs ?? atMs;
    const one = { opId, reason, amountMinor, sinceMs };
    order.persons = at < 0 ? [...order.persons, one] : order.persons.with(at, one);
  }
  if (order.persons.length === 0 || !answers.has(body.type) || !('opId' in body)) return;
  const { opId } = body;
  if (opId === null) return;
  const isRefund = (id: string | null): boolean => id?.split(':')[1] === 'refund';
  order.persons = order.persons.filter((one) => (isRefund(opId) ? one.opId !== opId : isRefund(one.opId)));
}
