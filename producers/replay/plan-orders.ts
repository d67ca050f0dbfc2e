import type { GoodsLine, QuarantinedLine } from './classify-line.ts';
import { londonToUtc } from './ordered-at.ts';

/** One order to post: an invoice, or a part of one that is too large for one order. */
export interface PlannedOrder {
  /** Idempotency-Key. */
  readonly key: string;
  readonly customerId: string;
  /** RFC 3339, UTC. */
  readonly orderedAt: string;
  readonly lines: readonly GoodsLine[];
}

/** What the file needs of one SKU before its orders may come. */
export interface PlannedSku {
  readonly sku: string;
  readonly name: string;
  /** The first price seen. */
  readonly unitMinor: number;
  /** Pieces over all planned orders. */
  readonly needed: bigint;
}

export interface Plan {
  readonly orders: readonly PlannedOrder[];
  readonly skus: readonly PlannedSku[];
  readonly quarantined: readonly QuarantinedLine[];
  /** Lines of orders beyond the limit: neither accepted nor quarantined. */
  readonly left: { readonly lines: number; readonly minor: bigint };
}

/** Limits of one order (domain §4, money §6). */
const linesMax = 100;
const skuQuantityMax = 1_000_000;
const totalMinorMax = BigInt(Number.MAX_SAFE_INTEGER);

export const minorOf = ({ quantity, unitMinor }: GoodsLine): bigint => BigInt(quantity) * BigInt(unitMinor);

/**
 * Groups lines into orders by invoice over the whole file, in the order in which invoices begin. The key is
 * `uci-<InvoiceNo>`; what an order cannot hold (100 lines, 1,000,000 pieces of a SKU, 2^53 − 1 minor units)
 * goes on in `uci-<InvoiceNo>-2`, `-3`, … A number that is itself an invoice of the file is skipped.
 * Customer: the first named in the order's lines, else `c-guest`; time: its first line's.
 */
export function planOrders(
  goods: readonly GoodsLine[],
  quarantined: readonly QuarantinedLine[],
  ordersMax = Number.POSITIVE_INFINITY,
): Plan {
  const invoices = Map.groupBy(goods, ({ invoice }) => invoice);
  const all: PlannedOrder[] = [];
  for (const [invoice, lines] of invoices) {
    let number = 1;
    for (const part of splitInvoice(lines)) {
      all.push(toOrder(number === 1 ? invoice : `${invoice}-${number}`, part));
      do number += 1;
      while (invoices.has(`${invoice}-${number}`));
    }
  }
  const orders = all.slice(0, ordersMax);
  const leftLines = all.slice(orders.length).flatMap(({ lines }) => lines);
  return {
    orders,
    skus: planSkus(orders),
    quarantined,
    left: { lines: leftLines.length, minor: leftLines.reduce((sum, line) => sum + minorOf(line), 0n) },
  };
}

function toOrder(number: string, lines: readonly GoodsLine[]): PlannedOrder {
  const [first] = lines;
  if (!first) throw new RangeError(`invoice ${number} without a line`);
  const customer = lines.find((line) => line.customer !== null)?.customer ?? 'guest';
  return {
    key: `uci-${number}`,
    customerId: `c-${customer}`,
    orderedAt: londonToUtc(first.orderedAt),
    lines,
  };
}

function* splitInvoice(lines: readonly GoodsLine[]): Generator<readonly GoodsLine[]> {
  let part: GoodsLine[] = [];
  let total = 0n;
  let pieces = new Map<string, number>();
  for (const line of lines) {
    const ofSku = (pieces.get(line.sku) ?? 0) + line.quantity;
    if (part.length === linesMax || ofSku > skuQuantityMax || total + minorOf(line) > totalMinorMax) {
      yield part;
      part = [];
      total = 0n;
      pieces = new Map();
    }
    part.push(line);
    total += minorOf(line);
    pieces.set(line.sku, (pieces.get(line.sku) ?? 0) + line.quantity);
  }
  if (part.length > 0) yield part;
}

function planSkus(orders: readonly PlannedOrder[]): readonly PlannedSku[] {
  const skus = new Map<string, { name: string; unitMinor: number; needed: bigint }>();
  for (const line of orders.flatMap(({ lines }) => lines)) {
    const known = skus.get(line.sku);
    if (!known) {
      skus.set(line.sku, { name: line.name, unitMinor: line.unitMinor, needed: BigInt(line.quantity) });
    } else {
      known.needed += BigInt(line.quantity);
      if (known.name === '') known.name = line.name;
    }
  }
  return [...skus].map(([sku, { name, unitMinor, needed }]) => ({
    sku,
    name: toName(name) || sku,
    unitMinor,
    needed,
  }));
}

/** At most 128 characters, without controls and the marks that turn text around. */
const toName = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 128)
    .toWellFormed()
    .trim();
