import type { Intent, IntentStore } from './pay.ts';
import { isObject, readStored, store } from './stored.ts';

const isIntent = (value: unknown): value is Intent =>
  isObject(value) && typeof value['key'] === 'string' && isObject(value['order']);

/** The one intent of this browser. */
export const intents: IntentStore = {
  read: () => {
    const value = readStored('intent');
    return isIntent(value) ? value : null;
  },
  write: (intent) => store('intent', intent),
};

/** One window of this browser at a time: another one that pays meanwhile waits, and finds the intent gone or unchanged. */
export const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? navigator.locks.request('millrace.shop.pay', work) : work();
