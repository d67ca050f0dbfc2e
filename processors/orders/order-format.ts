import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import type { OrderLine } from '../../schemas/generated/orders-commands.ts';
import type { PaymentState } from '../../schemas/payment-transitions.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import type { Answer, Payment, PaymentOp } from '../payments/payment.ts';
import type { Order, OrderHold } from './order.ts';

/** An order in the snapshots of orders. Only this processor reads them. */
export const orderFormat: StateFormat<Order> = {
  version: 'orders-3',
  write(order, to) {
    to.text(order.state);
    to.text(order.store);
    to.text(order.orderId);
    to.optional(order.fingerprint, (text) => to.text(text));
    to.text(order.customerId);
    to.text(order.currency);
    to.list(order.lines, (line) => writeLine(line, to));
    to.int(order.discountMinor);
    to.int(order.shippingMinor);
    to.int(order.shippingTaxMinor);
    to.int(order.totalMinor);
    to.text(order.paymentToken);
    to.uint(order.placedAtMs);
    to.optional(order.orderedAtMs, (atMs) => to.int(atMs));
    to.list(order.holds, (hold) => writeHold(hold, to));
    writePayment(order.payment, to);
    to.optional(order.restedAtMs, (atMs) => to.uint(atMs));
    to.optional(order.unwinding, ({ to: end, reason }) => {
      to.text(end);
      to.text(reason);
    });
  },
  read: (from) => ({
    state: from.text() as Order['state'],
    store: from.text(),
    orderId: from.text(),
    fingerprint: from.optional(() => from.text()),
    customerId: from.text(),
    currency: from.text(),
    lines: from.list(() => readLine(from)),
    discountMinor: from.int(),
    shippingMinor: from.int(),
    shippingTaxMinor: from.int(),
    totalMinor: from.int(),
    paymentToken: from.text(),
    placedAtMs: from.uint(),
    orderedAtMs: from.optional(() => from.int()),
    holds: from.list(() => readHold(from)),
    payment: readPayment(from),
    restedAtMs: from.optional(() => from.uint()),
    unwinding: from.optional(() => ({
      to: from.text() as NonNullable<Order['unwinding']>['to'],
      reason: from.text(),
    })),
  }),
};

function writeLine(line: OrderLine, to: ByteWriter): void {
  to.text(line.sku);
  to.uint(line.quantity);
  to.int(line.unitMinor);
  to.int(line.discountMinor);
  to.int(line.taxBp);
  to.int(line.taxMinor);
  to.uint(line.priceVersion);
  to.int(line.shareMinor);
}

const readLine = (from: ByteReader): OrderLine => ({
  sku: from.text(),
  quantity: from.uint(),
  unitMinor: from.int(),
  discountMinor: from.int(),
  taxBp: from.int(),
  taxMinor: from.int(),
  priceVersion: from.uint(),
  shareMinor: from.int(),
});

function writeHold(hold: OrderHold, to: ByteWriter): void {
  to.text(hold.holdId);
  to.text(hold.sku);
  to.uint(hold.quantity);
  to.text(hold.state);
}

const readHold = (from: ByteReader): OrderHold => ({
  holdId: from.text(),
  sku: from.text(),
  quantity: from.uint(),
  state: from.text() as OrderHold['state'],
});

function writePayment(payment: Payment, to: ByteWriter): void {
  to.text(payment.state);
  to.list(payment.ops, (op) => writeOp(op, to));
  to.int(payment.authorizedMinor);
  to.int(payment.capturedMinor);
  to.optional(payment.pspRef, (text) => to.text(text));
  to.optional(payment.captureBeforeMs, (atMs) => to.int(atMs));
  to.optional(payment.unknownSinceMs, (atMs) => to.uint(atMs));
}

const readPayment = (from: ByteReader): Payment => ({
  state: from.text() as PaymentState,
  ops: from.list(() => readOp(from)),
  authorizedMinor: from.int(),
  capturedMinor: from.int(),
  pspRef: from.optional(() => from.text()),
  captureBeforeMs: from.optional(() => from.int()),
  unknownSinceMs: from.optional(() => from.uint()),
});

function writeOp(op: PaymentOp, to: ByteWriter): void {
  to.text(op.opId);
  to.uint(op.attempt);
  to.text(op.kind);
  to.int(op.amountMinor);
  to.text(op.currency);
  to.optional(op.pspRef, (text) => to.text(text));
  to.optional(op.answer, (answer) => writeAnswer(answer, to));
}

const readOp = (from: ByteReader): PaymentOp => ({
  opId: from.text(),
  attempt: from.uint(),
  kind: from.text() as PaymentOp['kind'],
  amountMinor: from.int(),
  currency: from.text(),
  pspRef: from.optional(() => from.text()),
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
