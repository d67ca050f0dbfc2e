import { setTimeout as wait } from 'node:timers/promises';
import type { Checkout, Settled } from '../checkout/checkout.ts';
import { runPaced } from '../checkout/pace.ts';
import type { PlannedReturn } from './plan-returns.ts';
import type { PlannedOrder } from './planned-order.ts';

/** An order the API has taken. */
export interface PlacedOrder {
  readonly order: PlannedOrder;
  readonly id: string;
  /** Where it is read, after its own position. */
  readonly location: string;
}

/** What a return came to: the money that went back, or why none did. */
export type Returned =
  | { readonly is: 'refunded'; readonly minor: number }
  | { readonly is: 'not'; readonly reason: string; readonly detail: string };

/** So long an order may take to come to rest; one that takes longer is shipped by a later run. */
const restMs = 60_000;
const pollMs = 100;
const pollMaxMs = 2_000;

const onSale: ReadonlySet<unknown> = new Set(['confirmed', 'shipped', 'delivered']);
const closed: ReadonlySet<unknown> = new Set(['rejected', 'declined', 'expired', 'cancelled', 'parked']);

/**
 * Ships every order that is confirmed, all of it, as the shop did: its file has what was sold. Gives the id of each
 * order that has been shipped, now or before.
 */
export async function shipOrders(
  checkout: Checkout,
  placed: readonly PlacedOrder[],
  rate: number | 'max',
  done: () => void,
): Promise<ReadonlyMap<PlannedOrder, string>> {
  const shipped = new Map<PlannedOrder, string>();
  await runPaced(placed, rate, async (one) => {
    if (await ship(checkout, one)) shipped.set(one.order, one.id);
    done();
  });
  return shipped;
}

async function ship(checkout: Checkout, { order, id, location }: PlacedOrder): Promise<boolean> {
  const status = await restingStatus(checkout, location);
  if (status !== 'confirmed') return onSale.has(status);
  const path = `/v1/orders/${id}/shipments`;
  return (
    (await checkout.settle({ method: 'POST', path, key: `${order.key}-shipment`, body: {} })).is === 'done'
  );
}

/** The status of an order once it stays; whatever it is when the patience ends. */
async function restingStatus(checkout: Checkout, location: string): Promise<unknown> {
  const endsAt = Date.now() + restMs;
  for (let pauseMs = pollMs; ; pauseMs = Math.min(pollMaxMs, pauseMs * 2)) {
    const status = (await checkout.read(location))?.['status'];
    if (onSale.has(status) || closed.has(status) || Date.now() >= endsAt) return status;
    await wait(pauseMs);
  }
}

/**
 * Asks back what the file credits and receives it. Returns of one order go one after the other, oldest first, so that
 * each gives back what was planned. The file does not say in which state goods came back: they are taken as sellable.
 */
export async function returnGoods(
  checkout: Checkout,
  returns: readonly PlannedReturn[],
  shipped: ReadonlyMap<PlannedOrder, string>,
  rate: number | 'max',
  done: () => void,
): Promise<ReadonlyMap<PlannedReturn, Returned>> {
  const returned = new Map<PlannedReturn, Returned>();
  const ofOrders = Map.groupBy(returns, ({ order }) => order);
  await runPaced(ofOrders, rate, async ([order, ofOrder]) => {
    const id = shipped.get(order);
    for (const one of ofOrder) {
      returned.set(one, id === undefined ? notShipped : await giveBack(checkout, one, id));
      done();
    }
  });
  return returned;
}

const notShipped: Returned = { is: 'not', reason: 'credit', detail: 'its order was not shipped' };

async function giveBack(checkout: Checkout, planned: PlannedReturn, orderId: string): Promise<Returned> {
  const { key, claimedAt, pieces, refundMinor } = planned;
  const path = `/v1/orders/${orderId}/returns`;
  const asked = await checkout.settle({
    method: 'POST',
    path,
    key,
    body: { lines: pieces, reason: 'credit-note', claimedAt },
  });
  if (asked.is === 'refused') return refusedBy(asked);
  const received = await checkout.settle({
    method: 'POST',
    path: `${path}/${asked.id}/receipt`,
    key: `${key}-receipt`,
    body: { restock: true, claimedAt },
  });
  if (received.is === 'refused') return refusedBy(received);
  const minor = refundOf(await checkout.read(received.location), received.id);
  if (minor === null) return { is: 'not', reason: 'credit', detail: 'the order does not show its refund' };
  if (minor !== refundMinor)
    throw new RefundDiffers(`${key} gave back ${minor}, the file credits ${refundMinor}`);
  return { is: 'refunded', minor };
}

const refusedBy = ({ code, reason = code }: Extract<Settled, { is: 'refused' }>): Returned => ({
  is: 'not',
  reason,
  detail: `refused with ${code}`,
});

/** The refund is named after the receipt it is for. */
function refundOf(order: Readonly<Record<string, unknown>> | null, receiptId: string): number | null {
  const refunds = order?.['refunds'];
  if (!Array.isArray(refunds)) return null;
  const found = (refunds as readonly { readonly id?: unknown; readonly amountMinor?: unknown }[]).find(
    ({ id }) => id === receiptId,
  );
  return typeof found?.amountMinor === 'number' ? found.amountMinor : null;
}

/** The books give back another amount than the file: the run stops, nothing that follows would add up. */
export class RefundDiffers extends Error {}
