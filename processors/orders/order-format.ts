import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import type { OrderLine } from '../../schemas/generated/orders-commands.ts';
import { holdIdOf, isHoldIdOf } from '../../schemas/ids.ts';
import { orderStates } from '../../schemas/order-transitions.ts';
import { readRecentIds, writeRecentIds } from '../../schemas/recent-ids.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { readPayment, writePayment } from '../payments/payment-format.ts';
import { readAfterSales, writeAfterSales } from './after-sales-format.ts';
import { isKept, type OrderOrHints } from './evolve-order.ts';
import type { KeptHints } from './kept-hints.ts';
import type { Order, OrderHold, Unwinding } from './order.ts';

const taxRules: readonly Order['taxRule'][] = ['exclusive', 'inclusive'];
const holdStates: readonly OrderHold['state'][] = ['asked', 'placed', 'refused', 'released', 'committed'];

/**
 * An order, or hints that wait for one, in the snapshots of orders. Only this processor reads them. What follows from
 * the order is not written again: a million of them are kept in memory as these bytes.
 */
export const orderFormat: StateFormat<OrderOrHints> = {
  version: 'orders-4',
  write(state, to) {
    to.choice(orderStates, state.state);
    if (isKept(state)) writeHints(state, to);
    else writeOrder(state, to);
  },
  read(from) {
    const state = from.choice(orderStates);
    return state === 'none' ? readHints(from) : readOrder(state, from);
  },
};

function writeHints(kept: KeptHints, to: ByteWriter): void {
  to.text(kept.store);
  to.text(kept.orderId);
  to.uint(kept.sinceMs);
  to.list(kept.eventIds, (id) => to.text(id));
}

const readHints = (from: ByteReader): KeptHints => ({
  state: 'none',
  store: from.text(),
  orderId: from.text(),
  sinceMs: from.uint(),
  eventIds: from.list(() => from.text()),
});

function writeOrder(order: Order, to: ByteWriter): void {
  to.text(order.store);
  to.text(order.orderId);
  to.optional(order.fingerprint, (text) => to.text(text));
  to.text(order.customerId);
  to.text(order.currency);
  to.list(order.lines, (line) => writeLine(line, to));
  to.int(order.discountMinor);
  to.int(order.shippingMinor);
  to.int(order.shippingTaxMinor);
  to.choice(taxRules, order.taxRule);
  to.int(order.totalMinor);
  to.text(order.paymentToken);
  to.uint(order.placedAtMs);
  to.optional(order.orderedAtMs, (atMs) => to.int(atMs));
  to.uint(order.holdUntilMs);
  to.list(order.holds, (hold) => writeHold(hold, order, to));
  writePayment(order.payment, order, to);
  to.optional(order.restedAtMs, (atMs) => to.uint(atMs));
  to.optional(order.cancelNoted, (text) => to.text(text));
  to.optional(order.unwinding, ({ to: end, reason, isStockAsked }) => {
    to.text(end);
    to.text(reason);
    to.flag(isStockAsked);
  });
  to.int(order.givenBackMinor);
  to.optional(order.after, (after) => writeAfterSales(after, to));
  to.optional(order.commands, (commands) =>
    writeRecentIds(commands, to, (fingerprint) => to.optional(fingerprint, (text) => to.text(text))),
  );
}

function readOrder(state: Order['state'], from: ByteReader): Order {
  const store = from.text();
  const orderId = from.text();
  const fingerprint = from.optional(() => from.text());
  const customerId = from.text();
  const currency = from.text();
  const lines = from.list(() => readLine(from));
  return {
    state,
    store,
    orderId,
    fingerprint,
    customerId,
    currency,
    lines,
    discountMinor: from.int(),
    shippingMinor: from.int(),
    shippingTaxMinor: from.int(),
    taxRule: from.choice(taxRules),
    totalMinor: from.int(),
    paymentToken: from.text(),
    placedAtMs: from.uint(),
    orderedAtMs: from.optional(() => from.int()),
    holdUntilMs: from.uint(),
    holds: from.list(() => readHold(from, { orderId, lines })),
    payment: readPayment(from, { orderId, currency }),
    restedAtMs: from.optional(() => from.uint()),
    cancelNoted: from.optional(() => from.text()),
    unwinding: from.optional(() => ({
      to: from.text() as Unwinding['to'],
      reason: from.text(),
      isStockAsked: from.flag(),
    })),
    givenBackMinor: from.int(),
    after: from.optional(() => readAfterSales(from)),
    commands: from.optional(() => readRecentIds(from, () => from.optional(() => from.text()))),
  };
}

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

type HoldsOf = Pick<Order, 'orderId' | 'lines'>;

/** The number of a line says its SKU, and with the order's id the hold's; 0 where it does not. */
function writeHold(hold: OrderHold, { orderId, lines }: HoldsOf, to: ByteWriter): void {
  const isOwn = isHoldIdOf(hold.holdId, orderId, hold.sku);
  const line = isOwn ? lines.findIndex(({ sku }) => sku === hold.sku) + 1 : 0;
  to.uint(line);
  if (line === 0) {
    to.text(hold.holdId);
    to.text(hold.sku);
  }
  to.uint(hold.quantity);
  to.choice(holdStates, hold.state);
  to.uint(hold.reversing);
}

function readHold(from: ByteReader, of: HoldsOf): OrderHold {
  const { holdId, sku } = readHoldId(from, of);
  return { holdId, sku, quantity: from.uint(), state: from.choice(holdStates), reversing: from.uint() };
}

function readHoldId(from: ByteReader, { orderId, lines }: HoldsOf): Pick<OrderHold, 'holdId' | 'sku'> {
  const line = from.uint();
  if (line === 0) return { holdId: from.text(), sku: from.text() };
  const sku = lines[line - 1]?.sku;
  if (sku === undefined) throw new RangeError(`a hold of line ${line} of ${lines.length}`);
  return { holdId: holdIdOf(orderId, sku), sku };
}
