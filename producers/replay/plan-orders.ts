import type { ChargeLine, GoodsLine, QuarantinedLine } from './classify-line.ts';
import { londonToUtc } from './ordered-at.ts';
import { type PlannedReturn, planReturns } from './plan-returns.ts';
import { minorOf, type PlannedOrder, signedMinorOf, totalMinorOf } from './planned-order.ts';
import type { FileLines } from './read-file.ts';

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
  /** Credits whose order can be told, oldest first. */
  readonly returns: readonly PlannedReturn[];
  readonly quarantined: readonly QuarantinedLine[];
  /** Lines of orders beyond the limit: neither accepted nor quarantined. */
  readonly left: { readonly lines: number; readonly minor: bigint };
}

/** Limits of one order (domain §4, money §6). */
const linesMax = 100;
const skuQuantityMax = 1_000_000;
const totalMinorMax = BigInt(Number.MAX_SAFE_INTEGER);
/** Of shipping, and of a discount. */
const chargeMax = 999_999_999n;

/**
 * Groups lines into orders by invoice over the whole file, in the order in which invoices begin. The key is
 * `uci-<InvoiceNo>`; what an order cannot hold (100 lines, 1,000,000 pieces of a SKU, 2^53 − 1 minor units)
 * goes on in `uci-<InvoiceNo>-2`, `-3`, … A number that is itself an invoice of the file is skipped.
 * Customer: the first named in the order's lines, else `c-guest`; time: its first line's. Carriage and discounts are
 * those of the invoice's first order; where there are no goods, or the goods cost less than the discount, they are
 * quarantined. Credits become returns of these orders where that can be told (`planReturns`).
 */
export function planOrders(
  { goods, charges, credits, quarantined }: FileLines,
  ordersMax = Number.POSITIVE_INFINITY,
): Plan {
  const invoices = Map.groupBy(goods, ({ invoice }) => invoice);
  const chargesOf = Map.groupBy(charges, ({ invoice }) => invoice);
  const unfit: QuarantinedLine[] = charges
    .filter(({ invoice }) => !invoices.has(invoice))
    .map((charge) => toQuarantined(charge, 'an invoice without goods'));
  const all: PlannedOrder[] = [];
  for (const [invoice, lines] of invoices) {
    let number = 1;
    for (const part of splitInvoice(lines)) {
      const { fit, not } = number === 1 ? fitCharges(part, chargesOf.get(invoice) ?? []) : noCharges;
      unfit.push(...not);
      all.push(toOrder(number === 1 ? invoice : `${invoice}-${number}`, part, fit));
      do number += 1;
      while (invoices.has(`${invoice}-${number}`));
    }
  }
  const orders = all.slice(0, ordersMax);
  const left = all.slice(orders.length);
  const planned = planReturns(orders, credits);
  return {
    orders,
    skus: planSkus(orders),
    returns: planned.returns,
    quarantined: [...quarantined, ...unfit, ...planned.quarantined],
    left: {
      lines: left.reduce((sum, order) => sum + order.lines.length + order.charges.length, 0),
      minor: left.reduce((sum, order) => sum + totalMinorOf(order), 0n),
    },
  };
}

interface FitCharges {
  readonly fit: readonly ChargeLine[];
  readonly not: readonly QuarantinedLine[];
}

const noCharges: FitCharges = { fit: [], not: [] };

/** Takes the charges that one order can bear, in the order of the file. */
function fitCharges(lines: readonly GoodsLine[], charges: readonly ChargeLine[]): FitCharges {
  const goods = lines.reduce((sum, line) => sum + minorOf(line), 0n);
  const room = { shipping: chargeMax, discount: goods < chargeMax ? goods : chargeMax };
  const fit: ChargeLine[] = [];
  const not: QuarantinedLine[] = [];
  for (const charge of charges) {
    const minor = BigInt(charge.minor);
    const isTooMuch = charge.is === 'shipping' && goods + minor > totalMinorMax;
    if (minor > room[charge.is] || isTooMuch) {
      not.push(toQuarantined(charge, 'more than its order can bear'));
    } else {
      room[charge.is] -= minor;
      fit.push(charge);
    }
  }
  return { fit, not };
}

const toQuarantined = (charge: ChargeLine, why: string): QuarantinedLine => ({
  is: 'quarantined',
  line: charge.line,
  reason: charge.is === 'shipping' ? 'fee' : 'discount',
  detail: `${charge.code}: ${why}`,
  minor: signedMinorOf(charge),
});

function toOrder(number: string, lines: readonly GoodsLine[], charges: readonly ChargeLine[]): PlannedOrder {
  const [first] = lines;
  if (!first) throw new RangeError(`invoice ${number} without a line`);
  const customer = lines.find((line) => line.customer !== null)?.customer ?? 'guest';
  return {
    key: `uci-${number}`,
    customerId: `c-${customer}`,
    orderedAt: londonToUtc(first.orderedAt),
    lines,
    charges,
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
