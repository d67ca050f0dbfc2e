import { assertNever } from '../../schemas/assert-never.ts';
import { isCurrency } from '../../schemas/currencies.ts';
import {
  type Command,
  type LineQuantity,
  type OrderLine,
  type PlaceOrder,
  receiveReturnConditionValues,
  type RequestRefund,
  resolvePaymentAsValues,
} from '../../schemas/generated/orders-commands.ts';
import { holdIdOf, parseOrderId, parseSku } from '../../schemas/ids.ts';
import { AmountOutOfRange, sumMinor, timesMinor } from '../../schemas/money.ts';
import {
  discountedMinor,
  discountShares,
  lineNetMinor,
  orderTotalMinor,
  taxOf,
} from '../../schemas/order-total.ts';
import type { OrderOrHints } from './evolve-order.ts';
import type { OrderCommand } from './order.ts';

/** Bounds of a placed order (`reliability.md` §10); the API checks the same, but is not the only writer. */
const orderBounds = {
  linesMax: 100,
  lineQuantityMax: 100_000,
  skuQuantityMax: 1_000_000,
  unitMinorMax: 999_999_999,
  /** Basis points; ten times the price. */
  taxBpMax: 100_000,
  paymentTokenLengthMax: 4_096,
  reasonLengthMax: 200,
  /** Carrier and tracking reference. */
  shippingTextLengthMax: 200,
} as const;

const customerIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
/** Of a return or a refund: it becomes a part of an operation's id. */
const idPattern = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Why a readable command makes no sense and is quarantined, or null. What a provider says of money is never quarantined
 * for what it says: the machine decides it.
 */
export function checkOrder(
  order: OrderOrHints | undefined,
  command: Command<OrderCommand>,
): 'semantic' | 'store-mismatch' | null {
  const { body, store } = command;
  if (body.type === 'Tick') return null;
  if (store === '' || !(parseOrderId(body.orderId) !== null || isNewsOfNoOrder(body))) return 'semantic';
  if (order && order.store !== store) return 'store-mismatch';
  return makesSense(body) ? null : 'semantic';
}

type Body = Exclude<OrderCommand, { type: 'Tick' }>;

/** What a provider says of no order stands under its own reference (payments §6). */
const isNewsOfNoOrder = (body: Body): boolean =>
  (body.type === 'ProviderHint' || body.type === 'SettlementLine') &&
  body.pspRef !== '' &&
  body.orderId === `psp:${body.pspRef}`;

function makesSense(body: Body): boolean {
  switch (body.type) {
    case 'PlaceOrder':
      return isOrder(body);
    case 'CancelOrder':
      return isReason(body.reason);
    case 'CancelLines':
      return areLines(body.lines) && body.lines.length > 0 && isReason(body.reason);
    case 'RecordShipment':
      return areLines(body.lines) && [body.carrier, body.trackingRef].every(isShippingText);
    case 'RecordDelivery':
      return areLines(body.lines);
    case 'RequestReturn':
      return areLines(body.lines) && idPattern.test(body.returnId) && isReason(body.reason);
    case 'ReceiveReturn':
      return (
        areLines(body.lines) &&
        idPattern.test(body.returnId) &&
        (body.condition === null || receiveReturnConditionValues.includes(body.condition))
      );
    case 'RequestRefund':
      return idPattern.test(body.refundId) && isReason(body.reason) && isRefund(body);
    case 'HoldReleased':
      return isHold(body) && isWhole(body.quantity, 0, orderBounds.skuQuantityMax);
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldCommitted':
    case 'CommitReversed':
      return isHold(body) && isWhole(body.quantity, 1, orderBounds.skuQuantityMax);
    case 'ReportOutcome':
    case 'ReportFacts':
    case 'ProviderHint':
    case 'SettlementLine':
      return true;
    case 'ResolvePayment':
      return resolvePaymentAsValues.includes(body.as);
    default:
      return assertNever(body);
  }
}

/** Each line of the order at most once. */
const areLines = (lines: readonly LineQuantity[]): boolean =>
  lines.every(
    ({ line, quantity }) =>
      isWhole(line, 1, orderBounds.linesMax) && isWhole(quantity, 1, orderBounds.lineQuantityMax),
  ) && new Set(lines.map(({ line }) => line)).size === lines.length;

/** Named pieces, or an amount with its currency; with neither, all that is left. */
const isRefund = ({ lines, amountMinor, currency }: RequestRefund): boolean =>
  amountMinor === null
    ? areLines(lines)
    : lines.length === 0 && amountMinor > 0 && isAmount(amountMinor) && currency !== null;

const isReason = (reason: string): boolean => reason.length <= orderBounds.reasonLengthMax;
const isShippingText = (text: string | null): boolean =>
  text === null || text.length <= orderBounds.shippingTextLengthMax;

const isHold = (body: { readonly holdId: string; readonly orderId: string; readonly sku: string }): boolean =>
  isUpperSku(body.sku) && body.holdId === holdIdOf(body.orderId, body.sku);

function isOrder(body: PlaceOrder): boolean {
  const { lines, paymentToken } = body;
  return (
    customerIdPattern.test(body.customerId) &&
    isCurrency(body.currency) &&
    lines.length >= 1 &&
    lines.length <= orderBounds.linesMax &&
    paymentToken.length >= 1 &&
    paymentToken.length <= orderBounds.paymentTokenLengthMax &&
    (body.taxRule === 'exclusive' || body.taxRule === 'inclusive') &&
    [body.discountMinor, body.shippingMinor, body.shippingTaxMinor].every(isAmount) &&
    lines.every((line) => isLine(line, body.taxRule)) &&
    isSummedWithin(lines) &&
    isSharedOut(body) &&
    totalOf(body) === body.totalMinor
  );
}

function isLine(line: OrderLine, rule: PlaceOrder['taxRule']): boolean {
  if (!isUpperSku(line.sku) || !isWhole(line.quantity, 1, orderBounds.lineQuantityMax)) return false;
  if (!isWhole(line.unitMinor, 0, orderBounds.unitMinorMax)) return false;
  const mostMinor = timesMinor(orderBounds.lineQuantityMax, orderBounds.unitMinorMax);
  if (!isWhole(line.discountMinor, 0, mostMinor) || !isWhole(line.shareMinor, 0, mostMinor)) return false;
  if (!isWhole(line.taxBp, 0, orderBounds.taxBpMax) || line.priceVersion < 0) return false;
  // at most 10^14: no product of these leaves the safe integers
  const netMinor = lineNetMinor(line);
  return netMinor >= 0 && line.taxMinor === taxOf(netMinor, line.taxBp, rule);
}

function isSummedWithin(lines: readonly OrderLine[]): boolean {
  const summed = new Map<string, number>();
  for (const { sku, quantity } of lines) summed.set(sku, (summed.get(sku) ?? 0) + quantity);
  return [...summed.values()].every((quantity) => quantity <= orderBounds.skuQuantityMax);
}

/** Each line bears its share of the order's discount (domain §6); without a discount, none. */
function isSharedOut({ discountMinor, lines }: PlaceOrder): boolean {
  if (discountMinor === 0) return lines.every(({ shareMinor }) => shareMinor === 0);
  if (discountMinor > sumMinor(lines.map(discountedMinor))) return false;
  const shares = discountShares(discountMinor, lines);
  return lines.every(({ shareMinor }, i) => shareMinor === shares[i]);
}

/** The recomputed total, or null beyond 2^53 − 1. */
function totalOf(body: PlaceOrder): number | null {
  try {
    return orderTotalMinor(body);
  } catch (error) {
    if (error instanceof AmountOutOfRange) return null;
    throw error;
  }
}

const isUpperSku = (sku: string): boolean => parseSku(sku) === sku;
const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;
const isAmount = (minor: number): boolean => isWhole(minor, 0, Number.MAX_SAFE_INTEGER);
