import type { Answer, AcceptedOrder, PlaceOrderRequest, Problem } from '../../client/millrace-client.ts';

/** A wish to buy, from the click until its order is known: one key, one body, however often it is sent. */
export interface Intent {
  readonly key: string;
  readonly order: PlaceOrderRequest;
}

/** Where an intent outlives the page. */
export interface IntentStore {
  read(): Intent | null;
  /** Throws where there is no room for it; null needs none. */
  write(intent: Intent | null): void;
}

/** What a window pays with: all windows of a browser share its cart and its intent, and go in turn (`inTurn`). */
export interface Till {
  readonly customerId: string;
  readonly intents: IntentStore;
  /** The cart as it is stored now: another window may have ordered it. */
  readonly cart: () => readonly Ordered[];
  readonly place: (intent: Intent) => Promise<Answer<AcceptedOrder>>;
  /** Clears the cart. */
  readonly onPlaced: (orderId: string) => void;
}

type Ordered = Pick<PlaceOrderRequest['lines'][number], 'sku' | 'quantity'>;

export type Paid =
  | { readonly is: 'placed'; readonly orderId: string; readonly position: string }
  /** Certainly no order: the shopper may change what he likes and begin a new intent. */
  | { readonly is: 'refused'; readonly problem: Problem }
  /** Nothing was sent: what was wanted is settled, or the cart is another one. */
  | { readonly is: 'outdated' }
  /** Nothing was sent: the intent was a former visitor's. It may be an order, which nobody but he may see. */
  | { readonly is: 'forgotten'; readonly customerId: string }
  /** Perhaps an order: the intent stays, and is sent again as it is. */
  | { readonly is: 'unknown'; readonly problem: Problem };

/** Refusals of a request that was compared with earlier ones of its key: there is no order (client/retry-policy.ts). */
const judged: ReadonlySet<number> = new Set([400, 404, 409, 413, 415, 422]);

/**
 * Sends the intent that is stored, or stores `wanted` as a new one and sends that; with `wanted` null only what is
 * stored. Stored comes before sent, so a page that dies in between finds it again; it leaves the store only when it is
 * known what became of it. An intent found in the store may have been taken by a try whose answer was lost: only an
 * answer that speaks of all tries ends it. `onPlaced` clears the cart before the intent goes: a page that dies between
 * the two asks once more, and never offers the same cart again. A window that waited for another one may want a cart
 * which that one has ordered, so a new intent must be of the cart as it is stored now, and one that cannot be stored is
 * refused. What a former visitor left can never be known (403 each time): it is forgotten, and said.
 */
export async function pay(
  { customerId, intents, cart, place, onPlaced }: Till,
  wanted: Intent | null,
): Promise<Paid> {
  const found = intents.read();
  if (found && found.order.customerId !== customerId) {
    intents.write(null);
    return { is: 'forgotten', customerId: found.order.customerId };
  }
  const intent = found ?? wanted;
  if (!intent || (!found && !isOf(cart(), intent.order.lines))) return { is: 'outdated' };
  if (!found && !isKept(intents, intent)) return { is: 'refused', problem: browserIsFull };
  const answer = await place(intent);
  if (answer.ok) {
    onPlaced(answer.data.orderId);
    intents.write(null);
    return { is: 'placed', orderId: answer.data.orderId, position: answer.data.position };
  }
  const { problem, status, outcome } = answer;
  const speaksOfAll = !found || (status !== null && judged.has(status) && !problem.retryable);
  if (outcome !== 'none' || !speaksOfAll) return { is: 'unknown', problem };
  intents.write(null);
  return { is: 'refused', problem };
}

/** What is not kept is not sent: a page that dies before the answer could not find it again. */
function isKept(intents: IntentStore, intent: Intent): boolean {
  try {
    intents.write(intent);
    return true;
  } catch {
    return false; // no room, or not allowed: nothing was written
  }
}

const browserIsFull: Problem = {
  type: 'browser-is-full',
  code: 'browser-is-full',
  title: 'This browser keeps no more for this site',
  status: 0,
  detail: 'Nothing was ordered. Allow this site to keep more, or order in another browser.',
  requestId: null,
  retryable: false,
};

const isOf = (cart: readonly Ordered[], lines: readonly Ordered[]): boolean =>
  cart.length === lines.length &&
  cart.every(({ sku, quantity }, i) => sku === lines[i]?.sku && quantity === lines[i].quantity);
