import { signal } from '@preact/signals';
import { isObject, readStored, store } from './stored.ts';

/** An order of this browser. */
export interface OwnOrder {
  readonly orderId: string;
  /** RFC 3339, by this browser's clock. */
  readonly at: string;
}

const shownMax = 10;

const isOwn = (value: unknown): value is OwnOrder =>
  isObject(value) && typeof value['orderId'] === 'string' && typeof value['at'] === 'string';

const read = (): readonly OwnOrder[] => {
  const value = readStored('orders');
  return Array.isArray(value) ? value.filter(isOwn) : [];
};

/** The last orders of this browser, the newest first. */
export const ownOrders = signal<readonly OwnOrder[]>(read());

/** Puts it first. A browser that keeps no more forgets it with this window, or its next order. */
export function rememberOrder(orderId: string): void {
  const others = read().filter((order) => order.orderId !== orderId);
  ownOrders.value = [{ orderId, at: new Date().toISOString() }, ...others].slice(0, shownMax);
  try {
    store('orders', ownOrders.value);
  } catch {
    // its page is opened all the same, and its address leads there
  }
}
