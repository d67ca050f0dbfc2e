import { assertNever } from '../../schemas/assert-never.ts';
import type { AnyCommand } from './recording.ts';
import { oneOf } from './one-of.ts';

/** Commands that events yield. */
const isMessage = oneOf(
  'Restock',
  'CommitHold',
  'ReleaseHold',
  'PlaceHold',
  'ShipAllocated',
  'HoldRefused',
  'ReverseCommit',
  'HoldPlaced',
  'HoldCommitted',
  'HoldReleased',
  'CommitReversed',
);

/** A message as the auditor expects it: where it goes and what it says, in words that can be compared. */
export interface ExpectedMessage {
  readonly to: 'orders' | 'stock';
  readonly key: string;
  readonly words: string;
}

/** What a command that arrived says, in words; null for one that no event yields. */
export function wordsOf({ store, body }: AnyCommand): string | null {
  if (!isMessage(body)) return null;
  switch (body.type) {
    case 'Restock':
      return inWords(store, [
        body.type,
        body.orderId,
        body.sku,
        body.quantity,
        body.returnId,
        body.receiptId,
      ]);
    case 'CommitHold':
      return inWords(store, heldBy(body));
    case 'ReleaseHold':
      return inWords(store, [...heldBy(body), body.reason]);
    case 'PlaceHold':
      return inWords(store, [...heldBy(body), body.quantity, body.customerId, body.untilMs]);
    case 'ShipAllocated':
      return inWords(store, [...heldBy(body), body.quantity, body.shipmentId]);
    case 'HoldRefused':
      return inWords(store, [...heldBy(body), body.quantity, body.reason]);
    case 'ReverseCommit':
    case 'HoldPlaced':
    case 'HoldCommitted':
    case 'HoldReleased':
    case 'CommitReversed':
      return inWords(store, [...heldBy(body), body.quantity]);
    default:
      return assertNever(body);
  }
}

type OfHold = Extract<AnyCommand['body'], { holdId: string }>;

const heldBy = ({ type, holdId, orderId, sku }: OfHold): readonly string[] => [type, holdId, orderId, sku];

/** A message to the owner of a SKU. */
export const toSku = (store: string, sku: string, words: readonly (string | number)[]): ExpectedMessage => ({
  to: 'stock',
  key: `${store}/${sku}`,
  words: inWords(store, words),
});

/** A message to an order. */
export const toOrder = (
  store: string,
  orderId: string,
  words: readonly (string | number)[],
): ExpectedMessage => ({ to: 'orders', key: orderId, words: inWords(store, words) });

const inWords = (store: string, words: readonly (string | number)[]): string =>
  `${words.join(' ')} of ${store}`;
