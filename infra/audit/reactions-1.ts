import type { EventBody as OrderBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import type { AnyCommand } from './recording.ts';

/** A message as the auditor expects it: where it goes and what it says, in words that can be compared. */
export interface ExpectedMessage {
  readonly to: 'orders' | 'stock';
  readonly key: string;
  readonly words: string;
}

const none: readonly ExpectedMessage[] = [];

/**
 * The auditor's own evaluation of version 1 of the reaction table (messages §5), written from its text: the messages of
 * one event, numbered by position. Frozen, as `react` is: an event of another version needs a file of its own.
 */
export function messagesOfOrder(body: OrderBody): readonly ExpectedMessage[] {
  if (body.type === 'OrderPlaced') {
    const { store, orderId, customerId, holdUntilMs } = body;
    return body.holds.map(({ holdId, sku, quantity }) =>
      toSku(store, sku, ['PlaceHold', holdId, orderId, sku, quantity, customerId, holdUntilMs]),
    );
  }
  if (body.type === 'CommitStarted') {
    const { store, orderId } = body;
    return body.holds.map(({ holdId, sku }) => toSku(store, sku, ['CommitHold', holdId, orderId, sku]));
  }
  if (body.type === 'UnwindStarted') {
    const { store, orderId, to } = body;
    return body.holds.map(({ holdId, sku }) =>
      toSku(store, sku, ['ReleaseHold', holdId, orderId, sku, to.toLowerCase()]),
    );
  }
  return none;
}

export function messagesOfStock(body: StockBody): readonly ExpectedMessage[] {
  if (!('holdId' in body)) return none;
  const { type, store, holdId, orderId, sku, quantity } = body;
  const said = [type, holdId, orderId, sku, quantity];
  const words = body.type === 'HoldRefused' ? [...said, body.reason] : said;
  return [{ to: 'orders', key: orderId, words: inWords(store, words) }];
}

/** What a command that arrived says, in the same words; null for one that no version 1 event yields. */
export function wordsOf({ store, body }: AnyCommand): string | null {
  if (!('holdId' in body)) return null;
  const { type, holdId, orderId, sku } = body;
  const said = [type, holdId, orderId, sku];
  if (body.type === 'CommitHold') return inWords(store, said);
  if (body.type === 'ReleaseHold') return inWords(store, [...said, body.reason]);
  if (body.type === 'PlaceHold')
    return inWords(store, [...said, body.quantity, body.customerId, body.untilMs]);
  const words = [...said, body.quantity];
  return inWords(store, body.type === 'HoldRefused' ? [...words, body.reason] : words);
}

const toSku = (store: string, sku: string, words: readonly (string | number)[]): ExpectedMessage => ({
  to: 'stock',
  key: `${store}/${sku}`,
  words: inWords(store, words),
});

const inWords = (store: string, words: readonly (string | number)[]): string =>
  `${words.join(' ')} of ${store}`;
