import { isCurrency } from '../../schemas/currencies.ts';
import type { Command, OrderLine, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import { holdIdOf, parseOrderId, parseSku } from '../../schemas/ids.ts';
import { AmountOutOfRange } from '../../schemas/money.ts';
import { lineNetMinor, orderTotalMinor, taxOf } from '../../schemas/order-total.ts';
import type { Order, OrderCommand } from './order.ts';

/** Bounds of a placed order (`reference/reliability.md` §10); the API checks the same, but is not the only writer. */
const orderBounds = {
  linesMax: 100,
  lineQuantityMax: 100_000,
  skuQuantityMax: 1_000_000,
  unitMinorMax: 999_999_999,
  /** Basis points; ten times the price. */
  taxBpMax: 100_000,
  paymentTokenLengthMax: 4_096,
} as const;

const customerIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Why a readable command makes no sense and is quarantined, or null. An outcome of a payment is never quarantined for
 * what it says: it speaks of money, so the machine decides it.
 */
export function checkOrder(
  order: Order | undefined,
  command: Command<OrderCommand>,
): 'semantic' | 'store-mismatch' | null {
  const { body, store } = command;
  if (body.type === 'Tick') return null;
  if (store === '' || parseOrderId(body.orderId) === null) return 'semantic';
  if (order && order.store !== store) return 'store-mismatch';
  return makesSense(body) ? null : 'semantic';
}

function makesSense(body: Exclude<OrderCommand, { type: 'Tick' }>): boolean {
  switch (body.type) {
    case 'PlaceOrder':
      return isOrder(body);
    case 'ReportOutcome':
      return true;
    case 'HoldReleased':
      return isHold(body) && isWhole(body.quantity, 0, orderBounds.skuQuantityMax);
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldCommitted':
      return isHold(body) && isWhole(body.quantity, 1, orderBounds.skuQuantityMax);
    default:
      return true;
  }
}

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
    totalOf(body) === body.totalMinor
  );
}

function isLine(line: OrderLine, rule: PlaceOrder['taxRule']): boolean {
  if (!isUpperSku(line.sku) || !isWhole(line.quantity, 1, orderBounds.lineQuantityMax)) return false;
  if (!isWhole(line.unitMinor, 0, orderBounds.unitMinorMax) || !isAmount(line.discountMinor)) return false;
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
