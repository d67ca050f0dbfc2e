import { computed, signal } from '@preact/signals';
import { isObject, onStored, readStored, store } from './stored.ts';

export interface CartLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
}

/** What the API takes of an order (api/orders/place-order-request.ts). */
export const linesMax = 100;
export const quantityMax = 100_000;

const isLine = (line: unknown): line is CartLine =>
  isObject(line) &&
  typeof line['sku'] === 'string' &&
  typeof line['name'] === 'string' &&
  Number.isInteger(line['quantity']) &&
  Number(line['quantity']) >= 1 &&
  Number(line['quantity']) <= quantityMax;

/** A cart as it was stored; what is no line of one is left out. */
export const cartOf = (value: unknown): readonly CartLine[] =>
  Array.isArray(value) ? value.filter(isLine).slice(0, linesMax) : [];

/** The cart as it is stored now. */
export const storedCart = (): readonly CartLine[] => cartOf(readStored('cart'));

/** The cart of this browser, in all its windows; kept over reloads. */
export const cart = signal<readonly CartLine[]>(storedCart());
export function rereadCart(): void {
  cart.value = storedCart();
}
onStored('cart', rereadCart);

export const pieces = computed(() => cart.value.reduce((sum, { quantity }) => sum + quantity, 0));

/** A cart with so many pieces of a line's SKU more. */
export function withMore(lines: readonly CartLine[], more: CartLine): readonly CartLine[] {
  const before = lines.find(({ sku }) => sku === more.sku);
  const quantity = Math.min(quantityMax, (before?.quantity ?? 0) + more.quantity);
  const line = { ...more, quantity };
  return before ? lines.map((one) => (one.sku === more.sku ? line : one)) : [...lines, line];
}

/** A cart with so many whole pieces of a SKU; 0 takes the line away. */
export const withQuantity = (
  lines: readonly CartLine[],
  sku: string,
  quantity: number,
): readonly CartLine[] =>
  lines.flatMap((line) => {
    if (line.sku !== sku) return [line];
    return quantity < 1 ? [] : [{ ...line, quantity: Math.min(quantityMax, quantity) }];
  });

/** The last change of the cart found no room in this browser: it stayed as it was. */
export const cartIsStuck = signal(false);

/** False where this browser keeps no more, and the cart stays as it was; an empty one needs no room. */
export function setCart(lines: readonly CartLine[]): boolean {
  try {
    store('cart', lines.length === 0 ? null : lines);
    cart.value = lines;
    cartIsStuck.value = false;
  } catch {
    cartIsStuck.value = true;
  }
  return !cartIsStuck.value;
}

export const addToCart = (line: CartLine): boolean => setCart(withMore(cart.value, line));
