import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import type { OrderLine } from '../../schemas/generated/orders-commands.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { readPayment, writePayment } from '../payments/payment-format.ts';
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
    to.uint(order.holdUntilMs);
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
    holdUntilMs: from.uint(),
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
