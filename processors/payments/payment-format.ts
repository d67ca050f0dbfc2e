import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import { opIdOf } from '../../schemas/ids.ts';
import { paymentStates } from '../../schemas/payment-transitions.ts';
import { refundStates } from '../../schemas/refund-transitions.ts';
import type { Doubt } from './doubt.ts';
import type { Answer, Dispute, Payment, PaymentOp } from './payment.ts';
import type { Refund } from './refund.ts';

/** What of the order its money repeats, and so is not written again. */
interface MoneyOf {
  readonly orderId: string;
  readonly currency: string;
}

const opKinds: readonly PaymentOp['kind'][] = ['authorize', 'capture', 'void', 'refund'];

/** An order's money in the snapshots of orders. */
export function writePayment(payment: Payment, order: MoneyOf, to: ByteWriter): void {
  to.choice(paymentStates, payment.state);
  to.optional(payment.pspRef, (text) => to.text(text));
  to.list(payment.ops, (op) => writeOp(op, { ...order, pspRef: payment.pspRef }, to));
  to.int(payment.authorizedMinor);
  to.int(payment.capturedMinor);
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

export function readPayment(from: ByteReader, order: MoneyOf): Payment {
  const state = from.choice(paymentStates);
  const pspRef = from.optional(() => from.text());
  return {
    state,
    pspRef,
    ops: from.list(() => readOp(from, { ...order, pspRef })),
    authorizedMinor: from.int(),
    capturedMinor: from.int(),
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
  };
}

interface OpsOf extends MoneyOf {
  readonly pspRef: string | null;
}

function writeOp(op: PaymentOp, order: OpsOf, to: ByteWriter): void {
  to.choice(opKinds, op.kind);
  const n = numberOf(op, order.orderId);
  to.uint(n);
  if (n === 0) to.text(op.opId);
  to.uint(op.attempt);
  to.int(op.amountMinor);
  writeKnown(op.currency, order.currency, to);
  to.optional(op.pspRef, (text) => writeKnown(text, order.pspRef, to));
  to.uint(op.askedAtMs);
  to.uint(op.sentAtMs);
  to.uint(op.sends);
  to.optional(op.answer, (answer) => writeAnswer(answer, order, to));
}

function readOp(from: ByteReader, order: OpsOf): PaymentOp {
  const kind = from.choice(opKinds);
  const n = from.uint();
  return {
    opId: n === 0 ? from.text() : opIdOf(order.orderId, kind, n),
    attempt: from.uint(),
    kind,
    amountMinor: from.int(),
    currency: readKnown(from, order.currency),
    pspRef: from.optional(() => readKnown(from, order.pspRef)),
    askedAtMs: from.uint(),
    sentAtMs: from.uint(),
    sends: from.uint(),
    answer: from.optional(() => readAnswer(from, order)),
  };
}

/** The number in the operation's id; 0 if its id is not made of the order's, its kind and a number (messages §3). */
function numberOf({ opId, kind }: PaymentOp, orderId: string): number {
  const n = Number(opId.slice(opIdOf(orderId, kind, 0).length - 1));
  return Number.isSafeInteger(n) && n > 0 && opId === opIdOf(orderId, kind, n) ? n : 0;
}

/** A text that mostly is one that was written before. */
function writeKnown(text: string, known: string | null, to: ByteWriter): void {
  to.optional(text === known ? null : text, (own) => to.text(own));
}

function readKnown(from: ByteReader, known: string | null): string {
  const text = from.optional(() => from.text()) ?? known;
  if (text === null) throw new RangeError('a text that is not known');
  return text;
}

function writeAnswer(answer: Answer, order: OpsOf, to: ByteWriter): void {
  to.flag(answer.is === 'ok');
  if (answer.is === 'no') return to.text(answer.code);
  to.int(answer.amountMinor);
  writeKnown(answer.currency, order.currency, to);
  writeKnown(answer.pspRef, order.pspRef, to);
}

const readAnswer = (from: ByteReader, order: OpsOf): Answer =>
  from.flag()
    ? {
        is: 'ok',
        amountMinor: from.int(),
        currency: readKnown(from, order.currency),
        pspRef: readKnown(from, order.pspRef),
      }
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
  to.choice(refundStates, refund.state);
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
  state: from.choice(refundStates),
  askedAtMs: from.uint(),
  sentAtMs: from.uint(),
  sends: from.uint(),
  doubt: from.optional(() => readDoubt(from)),
  pspRef: from.optional(() => from.text()),
});
