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
  switch (body.type) {
    case 'OrderPlaced': {
      const { store, orderId, customerId, holdUntilMs } = body;
      return body.holds.map(({ holdId, sku, quantity }) =>
        toSku(store, sku, ['PlaceHold', holdId, orderId, sku, quantity, customerId, holdUntilMs]),
      );
    }
    case 'CommitStarted': {
      const { store, orderId } = body;
      return body.holds.map(({ holdId, sku }) => toSku(store, sku, ['CommitHold', holdId, orderId, sku]));
    }
    case 'UnwindStarted': {
      const { store, orderId, to } = body;
      return body.holds.map(({ holdId, sku }) =>
        toSku(store, sku, ['ReleaseHold', holdId, orderId, sku, to.toLowerCase()]),
      );
    }
    default:
      return none;
  }
}

export function messagesOfStock(body: StockBody): readonly ExpectedMessage[] {
  switch (body.type) {
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldCommitted':
    case 'HoldReleased': {
      const { type, store, holdId, orderId, sku, quantity } = body;
      const said = [type, holdId, orderId, sku, quantity];
      const words = body.type === 'HoldRefused' ? [...said, body.reason] : said;
      return [{ to: 'orders', key: orderId, words: inWords(store, words) }];
    }
    default:
      return none;
  }
}

/** What a command that arrived says, in the same words; null for one that no version 1 event yields. */
export function wordsOf({ store, body }: AnyCommand): string | null {
  switch (body.type) {
    case 'PlaceHold': {
      const { holdId, orderId, sku, quantity, customerId, untilMs } = body;
      return inWords(store, [body.type, holdId, orderId, sku, quantity, customerId, untilMs]);
    }
    case 'CommitHold':
      return inWords(store, [body.type, body.holdId, body.orderId, body.sku]);
    case 'ReleaseHold':
      return inWords(store, [body.type, body.holdId, body.orderId, body.sku, body.reason]);
    case 'HoldPlaced':
    case 'HoldCommitted':
    case 'HoldReleased':
      return inWords(store, [body.type, body.holdId, body.orderId, body.sku, body.quantity]);
    case 'HoldRefused':
      return inWords(store, [body.type, body.holdId, body.orderId, body.sku, body.quantity, body.reason]);
    default:
      return null;
  }
}

const toSku = (store: string, sku: string, words: readonly (string | number)[]): ExpectedMessage => ({
  to: 'stock',
  key: `${store}/${sku}`,
  words: inWords(store, words),
});

const inWords = (store: string, words: readonly (string | number)[]): string =>
  `${words.join(' ')} of ${store}`;
