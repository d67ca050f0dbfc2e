import type { OrderLine, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import type { StorePut } from '../../schemas/generated/stores-config.ts';
import { AmountOutOfRange, sumMinor } from '../../schemas/money.ts';
import {
  discountedMinor,
  discountShares,
  lineNetMinor,
  orderTotalMinor,
  taxOf,
} from '../../schemas/order-total.ts';

export interface RequestedLine {
  /** Upper case. */
  readonly sku: string;
  readonly quantity: number;
  /** The caller's price; counts only if the caller may price. */
  readonly unitPriceMinor?: number | undefined;
}

export interface OrderToPrice {
  readonly currency: string;
  readonly lines: readonly RequestedLine[];
  /** The caller's shipping and discount of the order; only of one who may price. */
  readonly shippingMinor?: number | undefined;
  readonly discountMinor?: number | undefined;
  readonly expectedTotalMinor?: number | undefined;
}

export interface PricedProduct {
  readonly version: number;
  readonly prices: readonly { readonly currency: string; readonly unitMinor: number }[];
  readonly taxBp: number;
}

export interface Pricing {
  readonly store: Pick<StorePut, 'currencies' | 'taxRule' | 'shippingMinor' | 'shippingTaxBp'>;
  readonly productOf: (sku: string) => PricedProduct | undefined;
  /** The caller has the scope `orders:priced`. */
  readonly mayPrice: boolean;
}

export type PricedOrder = Pick<
  PlaceOrder,
  'lines' | 'discountMinor' | 'shippingMinor' | 'shippingTaxMinor' | 'totalMinor' | 'taxRule' | 'pricedBy'
>;

/** Why an order cannot be priced; `pointers` name the fields (RFC 6901). No amount of ours stands in it. */
export interface PriceFault {
  readonly code:
    | 'unsupported-currency'
    | 'unknown-sku'
    | 'price-mismatch'
    | 'amount-out-of-range'
    | 'validation-failed'
    | 'total-mismatch';
  readonly pointers: readonly string[];
}

export type Priced =
  | { readonly is: 'priced'; readonly order: PricedOrder }
  | { readonly is: 'fault'; readonly fault: PriceFault };

const fault = (code: PriceFault['code'], pointers: readonly string[]): Priced => ({
  is: 'fault',
  fault: { code, pointers },
});

/**
 * Prices an order from the catalogue (domain §6): currency, SKUs, prices, total, in this order; the first kind
 * of fault is the answer. A caller who may price brings its own unit prices, shipping and discount where it gives them;
 * the discount is shared out over the lines and frozen with them.
 */
export function priceOrder(order: OrderToPrice, pricing: Pricing): Priced {
  if (!pricing.store.currencies.includes(order.currency)) return fault('unsupported-currency', ['/currency']);
  const products = order.lines.map((line) => pricing.productOf(line.sku));
  const unknown = pointersWhere(order, 'sku', (_, i) => products[i] === undefined);
  if (unknown.length > 0) return fault('unknown-sku', unknown);
  const prices = products.map((product) =>
    product?.prices.find((price) => price.currency === order.currency),
  );
  const brings = (line: RequestedLine): boolean => pricing.mayPrice && line.unitPriceMinor !== undefined;
  const unsold = pointersWhere(order, 'sku', (line, i) => !brings(line) && prices[i] === undefined);
  if (unsold.length > 0) return fault('unsupported-currency', unsold);
  const differing = pointersWhere(
    order,
    'unitPriceMinor',
    (line, i) =>
      !brings(line) && line.unitPriceMinor !== undefined && line.unitPriceMinor !== prices[i]?.unitMinor,
  );
  const brought = pricing.mayPrice
    ? []
    : (['shippingMinor', 'discountMinor'] as const).filter((field) => order[field] !== undefined);
  differing.push(...brought.map((field) => `/${field}`));
  if (differing.length > 0) return fault('price-mismatch', differing);
  const lines = order.lines.map((line, i) => ({
    sku: line.sku,
    quantity: line.quantity,
    unitMinor: (brings(line) ? line.unitPriceMinor : prices[i]?.unitMinor) ?? 0,
    taxBp: products[i]?.taxBp ?? 0,
    priceVersion: brings(line) ? 0 : (products[i]?.version ?? 0),
  }));
  return addUp(order, lines, pricing);
}

type UntaxedLine = Omit<OrderLine, 'discountMinor' | 'shareMinor' | 'taxMinor'>;

function addUp(order: OrderToPrice, untaxed: readonly UntaxedLine[], { store }: Pricing): Priced {
  const { taxRule } = store;
  const { discountMinor = 0, shippingMinor = store.shippingMinor, expectedTotalMinor } = order;
  const whole = untaxed.map((line) => ({ ...line, discountMinor: 0 }));
  try {
    if (discountMinor > sumMinor(whole.map(discountedMinor))) {
      return fault('validation-failed', ['/discountMinor']);
    }
    const shares = discountShares(discountMinor, whole);
    const lines = whole.map((line, i): OrderLine => {
      const shared = { ...line, shareMinor: shares[i] ?? 0 };
      return { ...shared, taxMinor: taxOf(lineNetMinor(shared), line.taxBp, taxRule) };
    });
    const shippingTaxMinor = taxOf(shippingMinor, store.shippingTaxBp, taxRule);
    const totalMinor = orderTotalMinor({ lines, shippingMinor, shippingTaxMinor, taxRule });
    if (expectedTotalMinor !== undefined && expectedTotalMinor !== totalMinor) {
      return fault('total-mismatch', ['/expectedTotalMinor']);
    }
    const pricedBy = isOfChannel(order, lines) ? 'channel' : 'catalogue';
    return {
      is: 'priced',
      order: { lines, discountMinor, shippingMinor, shippingTaxMinor, totalMinor, taxRule, pricedBy },
    };
  } catch (error) {
    if (error instanceof AmountOutOfRange) return fault('amount-out-of-range', ['/lines']);
    throw error;
  }
}

const isOfChannel = (order: OrderToPrice, lines: readonly OrderLine[]): boolean =>
  order.shippingMinor !== undefined ||
  order.discountMinor !== undefined ||
  lines.some((line) => line.priceVersion === 0);

const pointersWhere = (
  order: OrderToPrice,
  field: string,
  is: (line: RequestedLine, index: number) => boolean,
): string[] => order.lines.flatMap((line, i) => (is(line, i) ? [`/lines/${i}/${field}`] : []));
