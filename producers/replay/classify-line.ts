import { parseSku, type Sku } from '../../schemas/ids.ts';
import type { Columns } from './columns.ts';
import { type Decimal, exactMinor, parseDecimal, roundToMinor, timesDecimal, wholeOf } from './decimal.ts';
import { parseWallTime, type SlashOrder, type WallTime } from './ordered-at.ts';

/** Why a line of the file becomes no order line; an API refusal adds its problem code to these. */
export type QuarantineReason =
  | 'adjustment'
  | 'credit'
  | 'discount'
  | 'fee'
  | 'malformed'
  | 'no-price'
  | 'not-goods'
  | 'over-limit';

/** A line that can be sold: whole pieces, whole minor units. */
export interface GoodsLine {
  readonly is: 'goods';
  readonly line: number;
  readonly invoice: string;
  readonly sku: Sku;
  readonly name: string;
  readonly quantity: number;
  readonly unitMinor: number;
  readonly orderedAt: WallTime;
  /** Digits of the file's customer, null for a guest. */
  readonly customer: string | null;
}

/** Carriage or a discount of an invoice: money of an order that is no line of it. */
export interface ChargeLine {
  readonly is: 'shipping' | 'discount';
  readonly line: number;
  readonly invoice: string;
  readonly code: string;
  /** What it adds to the order (shipping) or takes from it (discount); above 0. */
  readonly minor: number;
}

/** Goods that came back: a return, if it can be told of which order. */
export interface CreditLine {
  readonly is: 'credit';
  readonly line: number;
  readonly invoice: string;
  readonly sku: Sku;
  /** Pieces that came back, above 0. */
  readonly quantity: number;
  readonly unitMinor: number;
  readonly creditedAt: WallTime;
  /** Digits of the file's customer, null for a guest. */
  readonly customer: string | null;
}

export type ClassifiedLine = GoodsLine | ChargeLine | CreditLine | QuarantinedLine;

export interface QuarantinedLine {
  readonly is: 'quarantined';
  readonly line: number;
  readonly reason: QuarantineReason;
  /** What was wrong, for people. */
  readonly detail: string;
  /** round(quantity × unit price × 100), half away from zero; 0 where the numbers cannot be read. */
  readonly minor: bigint;
}

/** Limits of a line of `POST /v1/orders` (domain §4, reliability §10). */
const quantityMax = 100_000n;
const unitMinorMax = 999_999_999n;

/** Stock codes that are no goods (messages §7), in upper case. */
const carriage = new Set(['POST', 'DOT', 'C2']);
const discountCode = 'D';
const notGoods = new Set(['M', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'S', 'PADS', 'B']);
const notGoodsPattern = /^(GIFT|TEST|ADJUST)/;

const invoicePattern = /^[\x21-\x7e]{1,200}$/;
const customerPattern = /^[A-Za-z0-9_-]{1,62}$/;
const noCustomer = new Set(['', 'nan', 'null', 'none', 'na', 'n/a']);

/**
 * What a record of the file becomes (the table of messages §7). Tried in this order, the first that fits:
 * not parseable → `malformed`; invoice A… → `adjustment`; carriage and discounts → money of their order, those of a
 * credit invoice or of the wrong sign → `fee`, `discount`; another code that is not goods → `not-goods`; price ≤ 0 or
 * quantity 0 → `no-price`; beyond what one order line may hold → `over-limit`; invoice C… or quantity < 0 → a credit;
 * else goods. A goods price with a fraction of a minor unit is
 * `malformed`: no integer says it exactly, and rounding it would make books and file differ.
 */
export function classifyLine(
  line: number,
  fields: readonly string[] | null,
  columns: Columns,
  order: SlashOrder,
): ClassifiedLine {
  if (fields === null) return quarantined(line, 'malformed', 'not a CSV record', 0n);
  const read = (at: number): string => fields[at] ?? '';
  const quantity = parseDecimal(read(columns.quantity));
  const price = parseDecimal(read(columns.unitPrice));
  const minor = quantity && price ? roundToMinor(timesDecimal(quantity, price)) : 0n;
  const no = (reason: QuarantineReason, detail: string): QuarantinedLine =>
    quarantined(line, reason, detail, minor);
  if (!hasAllFields(fields, columns)) {
    return quarantined(line, 'malformed', `${fields.length} fields, the header has ${columns.count}`, 0n);
  }
  const invoice = read(columns.invoice).replace(/^(\d+)\.0+$/, '$1');
  const code = read(columns.stockCode).toUpperCase();
  const customer = read(columns.customer).replace(/\.0+$/, '');
  const orderedAt = parseWallTime(read(columns.invoiceDate), order);
  const pieces = quantity && wholeOf(quantity);

  if (!invoicePattern.test(invoice))
    return no('malformed', 'InvoiceNo is not 1–200 visible ASCII characters');
  if (code === '') return no('malformed', 'StockCode is empty');
  if (!quantity || pieces === null) return no('malformed', 'Quantity is not a whole number');
  if (!price) return no('malformed', 'UnitPrice is not a number');
  if (!orderedAt) return no('malformed', 'InvoiceDate is not a time since 2000 in a known format');
  const charge = chargeOf(line, invoice, code, exactMinor(timesDecimal(quantity, price)));
  if (charge) return charge;
  const other = notForSale(invoice, code, pieces, price);
  if (other) return no(...other);
  const isBack = isCredit(invoice) || pieces < 0n;
  const odd = isBack ? 'credit' : 'malformed';
  const sku = parseSku(code);
  const unitMinor = exactMinor(price);
  if (!sku) return no(odd, 'StockCode is not a SKU: 1–32 letters, digits, dots, dashes, underscores');
  if (unitMinor === null) return no(odd, 'UnitPrice has a fraction of a penny');
  if (pieces > quantityMax || -pieces > quantityMax || unitMinor > unitMinorMax) {
    return no(
      isBack ? 'credit' : 'over-limit',
      `a line holds at most ${quantityMax} pieces at ${unitMinorMax} minor units`,
    );
  }
  const isGuest = noCustomer.has(customer.toLowerCase());
  if (!isGuest && !customerPattern.test(customer)) return no(odd, 'CustomerID is not an id');
  const common = { line, invoice, sku, unitMinor: Number(unitMinor), customer: isGuest ? null : customer };
  if (isBack) {
    return { is: 'credit', ...common, quantity: Math.abs(Number(pieces)), creditedAt: orderedAt };
  }
  return { is: 'goods', ...common, name: read(columns.description), quantity: Number(pieces), orderedAt };
}

const isCredit = (invoice: string): boolean => /^c/i.test(invoice);

/** Carriage that adds to its invoice, or a discount that takes from it; null for what is neither. */
function chargeOf(line: number, invoice: string, code: string, amount: bigint | null): ChargeLine | null {
  const isShipping = carriage.has(code);
  if (!isShipping && code !== discountCode) return null;
  if (/^[ac]/i.test(invoice) || amount === null) return null;
  const minor = isShipping ? amount : -amount;
  if (minor <= 0n || minor > unitMinorMax) return null;
  return { is: isShipping ? 'shipping' : 'discount', line, invoice, code, minor: Number(minor) };
}

function notForSale(
  invoice: string,
  code: string,
  pieces: bigint,
  price: Decimal,
): [QuarantineReason, string] | null {
  if (/^a/i.test(invoice)) return ['adjustment', 'invoice A…'];
  if (carriage.has(code)) return ['fee', code];
  if (code === discountCode) return ['discount', code];
  if (notGoods.has(code) || notGoodsPattern.test(code)) return ['not-goods', code];
  if (price.digits <= 0n) return ['no-price', 'UnitPrice is 0 or below'];
  if (pieces === 0n) return ['no-price', 'Quantity is 0'];
  return null;
}

/** A record has as many fields as the header; empty ones after the last are forgiven. */
const hasAllFields = (fields: readonly string[], { count }: Columns): boolean =>
  fields.length >= count && fields.slice(count).every((field) => field === '');

const quarantined = (
  line: number,
  reason: QuarantineReason,
  detail: string,
  minor: bigint,
): QuarantinedLine => ({ is: 'quarantined', line, reason, detail, minor });
