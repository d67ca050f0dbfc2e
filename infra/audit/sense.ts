import { assertNever } from '../../schemas/assert-never.ts';
import { isCurrency } from '../../schemas/currencies.ts';
import type {
  LineQuantity,
  OrderLine,
  PlaceOrder,
  RequestRefund,
} from '../../schemas/generated/orders-commands.ts';
import type { PutProduct } from '../../schemas/generated/catalogue-commands.ts';
import { adjustStockReasonValues } from '../../schemas/generated/stock-commands.ts';
import { lineTax, moneyOf, sharesOf } from './order-money.ts';
import type { AnyCommand } from './recording.ts';

/**
 * The auditor's own version of what a readable command may say, from the tables of reliability §10 and domain §4: a
 * quarantine as `semantic` is justified only by a command that breaks them.
 */
export function makesSense({ store, body }: AnyCommand): boolean {
  if (body.type === 'Tick') return true;
  if (store === '') return false;
  if ('orderId' in body && !orderIdForm.test(body.orderId) && !isNewsOfNoOrder(body)) return false;
  if ('sku' in body && !skuForm.test(body.sku)) return false;
  if ('holdId' in body && body.holdId !== `${body.orderId}:${body.sku}`) return false;
  switch (body.type) {
    case 'PlaceOrder':
      return isOrder(body);
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldCommitted':
    case 'PlaceHold':
      return between(body.quantity, 1, 1_000_000);
    case 'HoldReleased':
      return between(body.quantity, 0, 1_000_000);
    case 'ReceiveStock':
      return between(body.quantity, 1, 1_000_000_000) && body.reason.length <= 200;
    case 'AdjustStock':
      return (
        between(Math.abs(body.quantity), 1, 1_000_000_000) &&
        adjustStockReasonValues.includes(body.reason) &&
        (body.reason === 'correction') === (body.corrects !== null)
      );
    case 'Halt':
    case 'Resume':
      return body.reason.length <= 200;
    case 'LimitPurchases':
      return body.reason.length <= 200 && (body.perCustomer === null || between(body.perCustomer, 1, pieces));
    case 'Restock':
    case 'ShipAllocated':
    case 'ReverseCommit':
    case 'CommitReversed':
      return between(body.quantity, 1, pieces);
    case 'CancelLines':
      return areLines(body.lines) && body.lines.length > 0 && body.reason.length <= 200;
    case 'RecordShipment':
    case 'RecordDelivery':
      return areLines(body.lines);
    case 'ReceiveReturn':
      return areLines(body.lines) && [null, 'damaged', 'to-supplier'].includes(body.condition);
    case 'ResolvePayment':
      return ['done', 'not-done'].includes(body.as);
    case 'RequestReturn':
    case 'CancelOrder':
      return body.reason.length <= 200 && (body.type === 'CancelOrder' || areLines(body.lines));
    case 'RequestRefund':
      return isRefund(body);
    case 'PutProduct':
      return (body.ifVersion === null || body.ifVersion >= 0) && isProduct(body);
    case 'RetireProduct':
      return body.ifVersion === null || body.ifVersion >= 0;
    case 'CommitHold':
    case 'ReleaseHold':
    // What somebody says of money is decided, never set aside.
    case 'ReportOutcome':
    case 'ReportFacts':
    case 'ProviderHint':
    case 'SettlementLine':
    case 'Redrive':
      return true;
    default:
      return assertNever(body);
  }
}

const orderIdForm = /^o-[0-9A-HJKMNP-TV-Z]{26}$/;
/** Upper case: letters are raised at the edge. */
const skuForm = /^[A-Z0-9][A-Z0-9._-]{0,31}$/;

/** Pieces of one movement, messages §4. */
const pieces = 1_000_000_000;

/** A provider's news that names no order stands under its own reference (payments §6). */
const isNewsOfNoOrder = (body: AnyCommand['body']): boolean =>
  (body.type === 'ProviderHint' || body.type === 'SettlementLine') &&
  body.orderId === `psp:${body.pspRef}` &&
  body.pspRef !== '';

const customerForm = /^[A-Za-z0-9_-]{1,64}$/;

const between = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;

/** Lines are named once each, by their number in the order. */
const areLines = (lines: readonly LineQuantity[]): boolean =>
  lines.length <= 100 &&
  lines.every(({ line, quantity }) => between(line, 1, 100) && between(quantity, 1, 100_000)) &&
  new Set(lines.map(({ line }) => line)).size === lines.length;

/** Named pieces, or an amount with its currency, not both; with neither, all that is left. */
function isRefund({ lines, amountMinor, currency }: RequestRefund): boolean {
  if (amountMinor === null) return areLines(lines);
  return lines.length === 0 && between(amountMinor, 1, Number.MAX_SAFE_INTEGER) && currency !== null;
}

function isOrder(body: PlaceOrder): boolean {
  const { lines, taxRule, discountMinor, shippingMinor, shippingTaxMinor, totalMinor } = body;
  const amounts = [discountMinor, shippingMinor, shippingTaxMinor];
  if (!amounts.every((amount) => between(amount, 0, Number.MAX_SAFE_INTEGER))) return false;
  if (taxRule !== 'exclusive' && taxRule !== 'inclusive') return false;
  if (lines.length < 1 || lines.length > 100 || !isCurrency(body.currency)) return false;
  if (body.paymentToken.length < 1 || body.paymentToken.length > 4_096) return false;
  if (!customerForm.test(body.customerId)) return false;
  if (!lines.every((line) => isLine(line, taxRule)) || !areFew(lines)) return false;
  const shares = sharesOf(lines, discountMinor);
  if (!lines.every(({ shareMinor }, i) => BigInt(shareMinor) === shares?.[i])) return false;
  return BigInt(totalMinor) === moneyOf(body).total;
}

const netOf = ({ quantity, unitMinor, discountMinor }: OrderLine): bigint =>
  BigInt(quantity) * BigInt(unitMinor) - BigInt(discountMinor);

const isLine = (line: OrderLine, rule: PlaceOrder['taxRule']): boolean =>
  skuForm.test(line.sku) &&
  between(line.quantity, 1, 100_000) &&
  between(line.unitMinor, 0, 999_999_999) &&
  between(line.discountMinor, 0, Number.MAX_SAFE_INTEGER) &&
  between(line.taxBp, 0, 100_000) &&
  line.priceVersion >= 0 &&
  netOf(line) >= 0n &&
  BigInt(line.taxMinor) === lineTax(line, rule);

/** At most 1,000,000 pieces of a SKU. */
function areFew(lines: readonly OrderLine[]): boolean {
  const pieces = new Map<string, number>();
  for (const { sku, quantity } of lines) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  return [...pieces.values()].every((quantity) => quantity <= 1_000_000);
}

const isProduct = ({ name, prices, taxBp }: PutProduct): boolean =>
  between(name.length, 1, 500) &&
  between(taxBp, 0, 100_000) &&
  prices.length >= 1 &&
  prices.every(({ currency, unitMinor }) => isCurrency(currency) && between(unitMinor, 0, 999_999_999)) &&
  new Set(prices.map(({ currency }) => currency)).size === prices.length;
