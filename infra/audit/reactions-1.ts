import type { EventBody as OrderBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import { type ExpectedMessage, toOrder, toSku } from './message-words.ts';

const none: readonly ExpectedMessage[] = [];

/**
 * The auditor's own evaluation of version 1 of the reaction table (messages §5), written from its text: the messages of
 * one event, numbered by position. Frozen, as `react` is: an event of another version has a file of its own.
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
  return [toOrder(store, orderId, body.type === 'HoldRefused' ? [...said, body.reason] : said)];
}
