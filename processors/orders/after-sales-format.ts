import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import type { LineRefund } from '../../schemas/refund-shares.ts';
import type { AfterSales, LineTally, OpenReturn, OrderRefund } from './after-sales.ts';

/** What became of an order after it was confirmed, in a snapshot of it. */
export function writeAfterSales(after: AfterSales, to: ByteWriter): void {
  to.list(after.lines, ({ cancelled, shipped, delivered, returning }) => {
    to.uint(cancelled);
    to.uint(shipped);
    to.uint(delivered);
    to.uint(returning);
  });
  to.list(after.returns, (open) => writeReturn(open, to));
  to.list(after.refunds, (refund) => writeRefund(refund, to));
  to.list([...after.ids], ([id, fingerprint]) => {
    to.text(id);
    to.optional(fingerprint, (text) => to.text(text));
  });
}

export const readAfterSales = (from: ByteReader): AfterSales => ({
  lines: from.list(() => readTally(from)),
  returns: from.list(() => readReturn(from)),
  refunds: from.list(() => readRefund(from)),
  ids: new Map(from.list(() => [from.text(), from.optional(() => from.text())])),
});

const readTally = (from: ByteReader): LineTally => ({
  cancelled: from.uint(),
  shipped: from.uint(),
  delivered: from.uint(),
  returning: from.uint(),
});

function writeReturn({ returnId, requestedAtMs, lines }: OpenReturn, to: ByteWriter): void {
  to.text(returnId);
  to.uint(requestedAtMs);
  to.list(lines, ({ line, quantity, received }) => {
    to.uint(line);
    to.uint(quantity);
    to.uint(received);
  });
}

const readReturn = (from: ByteReader): OpenReturn => ({
  returnId: from.text(),
  requestedAtMs: from.uint(),
  lines: from.list(() => ({ line: from.uint(), quantity: from.uint(), received: from.uint() })),
});

function writeRefund({ refundId, lines, shippingMinor, failed }: OrderRefund, to: ByteWriter): void {
  to.text(refundId);
  to.list(lines, (refund) => writeLineRefund(refund, to));
  to.int(shippingMinor);
  to.flag(failed);
}

const readRefund = (from: ByteReader): OrderRefund => ({
  refundId: from.text(),
  lines: from.list(() => readLineRefund(from)),
  shippingMinor: from.int(),
  failed: from.flag(),
});

function writeLineRefund(refund: LineRefund, to: ByteWriter): void {
  to.uint(refund.line);
  to.text(refund.sku);
  to.uint(refund.quantity);
  to.int(refund.netMinor);
  to.int(refund.taxMinor);
}

const readLineRefund = (from: ByteReader): LineRefund => ({
  line: from.uint(),
  sku: from.text(),
  quantity: from.uint(),
  netMinor: from.int(),
  taxMinor: from.int(),
});
