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
const discount = 'D';
const notGoods = new Set(['M', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'S', 'PADS', 'B']);
const notGoodsPattern = /^(GIFT|TEST|ADJUST)/;

const invoicePattern = /^[\x21-\x7e]{1,200}$/;
const customerPattern = /^[A-Za-z0-9_-]{1,62}$/;
const noCustomer = new Set(['', 'nan', 'null', 'none', 'na', 'n/a']);

/**
 * What a record of the file becomes (the table of messages §7). Tried in this order, the first that fits:
 * not parseable → `malformed`; invoice A… → `adjustment`; a code that is not goods → `fee`, `discount`,
 * `not-goods`; price ≤ 0 or quantity 0 → `no-price`; invoice C… or quantity < 0 → `credit`; beyond what one
 * order line may hold → `over-limit`; else goods. A goods price with a fraction of a minor unit is
 * `malformed`: no integer says it exactly, and rounding it would make books and file differ.
 */
export function classifyLine(
  line: number,
  fields: readonly string[] | null,
  columns: Columns,
  order: SlashOrder,
): GoodsLine | QuarantinedLine {
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
  if (pieces === null) return no('malformed', 'Quantity is not a whole number');
  if (!price) return no('malformed', 'UnitPrice is not a number');
  if (!orderedAt) return no('malformed', 'InvoiceDate is not a time since 2000 in a known format');
  const other = notForSale(invoice, code, pieces, price);
  if (other) return no(...other);
  const sku = parseSku(code);
  const unitMinor = exactMinor(price);
  if (!sku) return no('malformed', 'StockCode is not a SKU: 1–32 letters, digits, dots, dashes, underscores');
  if (unitMinor === null) return no('malformed', 'UnitPrice has a fraction of a penny');
  if (pieces > quantityMax || unitMinor > unitMinorMax) {
    return no('over-limit', `a line holds at most ${quantityMax} pieces at ${unitMinorMax} minor units`);
  }
  const isGuest = noCustomer.has(customer.toLowerCase());
  if (!isGuest && !customerPattern.test(customer)) return no('malformed', 'CustomerID is not an id');
  return {
    is: 'goods',
    line,
    invoice,
    sku,
    name: read(columns.description),
    quantity: Number(pieces),
    unitMinor: Number(unitMinor),
    orderedAt,
    customer: isGuest ? null : customer,
  };
}

function notForSale(
  invoice: string,
  code: string,
  pieces: bigint,
  price: Decimal,
): [QuarantineReason, string] | null {
  if (/^a/i.test(invoice)) return ['adjustment', 'invoice A…'];
  if (carriage.has(code)) return ['fee', code];
  if (code === discount) return ['discount', code];
  if (notGoods.has(code) || notGoodsPattern.test(code)) return ['not-goods', code];
  if (price.digits <= 0n) return ['no-price', 'UnitPrice is 0 or below'];
  if (pieces === 0n) return ['no-price', 'Quantity is 0'];
  if (/^c/i.test(invoice)) return ['credit', 'invoice C…'];
  if (pieces < 0n) return ['credit', 'Quantity is negative'];
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
