import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import type { PaymentState } from '../../schemas/payment-transitions.ts';
import type { RefundState } from '../../schemas/refund-transitions.ts';
import type { Doubt } from './doubt.ts';
import type { Answer, Dispute, Payment, PaymentOp } from './payment.ts';
import type { Refund } from './refund.ts';

/** An order's money in the snapshots of orders. */
export function writePayment(payment: Payment, to: ByteWriter): void {
  to.text(payment.state);
  to.list(payment.ops, (op) => writeOp(op, to));
  to.int(payment.authorizedMinor);
  to.int(payment.capturedMinor);
  to.optional(payment.pspRef, (text) => to.text(text));
  to.optional(payment.captureBeforeMs, (atMs) => to.int(atMs));
  to.optional(payment.doubt, (doubt) => writeDoubt(doubt, to));
  to.optional(payment.lookUp, ({ n, askedAtMs, hinted, stale }) => {
    to.uint(n);
    to.uint(askedAtMs);
    to.flag(hinted);
    to.flag(stale);
  });
  to.optional(payment.refunds, (refunds) => to.list(refunds, (refund) => writeRefund(refund, to)));
  to.optional(payment.disputes, (disputes) =>
    to.list(disputes, ({ disputeId, amountMinor, as }) => {
      to.text(disputeId);
      to.int(amountMinor);
      to.text(as);
    }),
  );
  to.optional(payment.hintIds, (ids) => to.list(ids, (id) => to.text(id)));
  to.optional(payment.discrepancy, ({ text, person }) => {
    to.text(text);
    to.flag(person);
  });
}

export const readPayment = (from: ByteReader): Payment => ({
  state: from.text() as PaymentState,
  ops: from.list(() => readOp(from)),
  authorizedMinor: from.int(),
  capturedMinor: from.int(),
  pspRef: from.optional(() => from.text()),
  captureBeforeMs: from.optional(() => from.int()),
  doubt: from.optional(() => readDoubt(from)),
  lookUp: from.optional(() => ({
    n: from.uint(),
    askedAtMs: from.uint(),
    hinted: from.flag(),
    stale: from.flag(),
  })),
  refunds: from.optional(() => from.list(() => readRefund(from))),
  disputes: from.optional(() =>
    from.list(() => ({
      disputeId: from.text(),
      amountMinor: from.int(),
      as: from.text() as Dispute['as'],
    })),
  ),
  hintIds: from.optional(() => from.list(() => from.text())),
  discrepancy: from.optional(() => ({ text: from.text(), person: from.flag() })),
});

function writeOp(op: PaymentOp, to: ByteWriter): void {
  to.text(op.opId);
  to.uint(op.attempt);
  to.text(op.kind);
  to.int(op.amountMinor);
  to.text(op.currency);
  to.optional(op.pspRef, (text) => to.text(text));
  to.uint(op.askedAtMs);
  to.uint(op.sentAtMs);
  to.uint(op.sends);
  to.optional(op.answer, (answer) => writeAnswer(answer, to));
}

const readOp = (from: ByteReader): PaymentOp => ({
  opId: from.text(),
  attempt: from.uint(),
  kind: from.text() as PaymentOp['kind'],
  amountMinor: from.int(),
  currency: from.text(),
  pspRef: from.optional(() => from.text()),
  askedAtMs: from.uint(),
  sentAtMs: from.uint(),
  sends: from.uint(),
  answer: from.optional(() => readAnswer(from)),
});

function writeAnswer(answer: Answer, to: ByteWriter): void {
  to.flag(answer.is === 'ok');
  if (answer.is === 'no') return to.text(answer.code);
  to.int(answer.amountMinor);
  to.text(answer.currency);
  to.text(answer.pspRef);
}

const readAnswer = (from: ByteReader): Answer =>
  from.flag()
    ? { is: 'ok', amountMinor: from.int(), currency: from.text(), pspRef: from.text() }
    : { is: 'no', code: from.text() };

function writeDoubt(doubt: Doubt, to: ByteWriter): void {
  to.uint(doubt.sinceMs);
  to.text(doubt.cause);
  to.uint(doubt.checks);
  to.uint(doubt.nextCheckAtMs);
  to.optional(doubt.decideByMs, (atMs) => to.int(atMs));
  to.flag(doubt.person);
  to.uint(doubt.repliedAtMs);
}

const readDoubt = (from: ByteReader): Doubt => ({
  sinceMs: from.uint(),
  cause: from.text(),
  checks: from.uint(),
  nextCheckAtMs: from.uint(),
  decideByMs: from.optional(() => from.int()),
  person: from.flag(),
  repliedAtMs: from.uint(),
});

function writeRefund(refund: Refund, to: ByteWriter): void {
  to.text(refund.opId);
  to.uint(refund.attempt);
  to.int(refund.amountMinor);
  to.text(refund.state);
  to.uint(refund.askedAtMs);
  to.uint(refund.sentAtMs);
  to.uint(refund.sends);
  to.optional(refund.doubt, (doubt) => writeDoubt(doubt, to));
  to.optional(refund.pspRef, (text) => to.text(text));
}

const readRefund = (from: ByteReader): Refund => ({
  opId: from.text(),
  attempt: from.uint(),
  amountMinor: from.int(),
  state: from.text() as RefundState,
  askedAtMs: from.uint(),
  sentAtMs: from.uint(),
  sends: from.uint(),
  doubt: from.optional(() => readDoubt(from)),
  pspRef: from.optional(() => from.text()),
});
