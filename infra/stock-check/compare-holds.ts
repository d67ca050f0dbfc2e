import { type Difference, type DifferenceClass, repairable } from './difference.ts';
import type { AskedHold, AskingOrder, OrderAsks } from './order-asks.ts';
import { keptOf, type LedgerHold, type LedgerSku } from './stock-ledger.ts';

/** A hold as both journals tell it. */
interface Pair {
  readonly of: LedgerSku;
  readonly hold: LedgerHold;
  readonly asked: AskedHold;
  readonly order: AskingOrder;
}

/**
 * Compares the holds of one SKU with what orders asked for: only messages that stock has decided count, so what is on
 * its way is no difference. Pure; in the order of the stock journal, then of the orders journal.
 */
export function compareHolds(of: LedgerSku, asks: OrderAsks, askedOfSku: readonly AskedHold[]): Difference[] {
  const differences: (Difference | null)[] = [];
  for (const hold of of.holds.values()) {
    const order = asks.orders.get(hold.orderId);
    const asked = order?.holds.get(hold.holdId);
    if (!order || !asked) differences.push(orphan(of, hold));
    else differences.push(...compareHold({ of, hold, asked, order }));
  }
  for (const asked of askedOfSku) {
    differences.push(missing(of, asked, asks.orders.get(asked.orderId)));
  }
  return differences.filter((one) => one !== null);
}

function compareHold(pair: Pair): readonly (Difference | null)[] {
  const { of, hold, asked } = pair;
  if (hold.state === 'released') return [];
  if (hold.quantity !== asked.quantity) {
    const what = `stock keeps ${hold.quantity}, the order asked for ${asked.quantity}`;
    return [cancelOrder(of, hold, 'quantity-differs', what)];
  }
  return hold.state === 'open' ? [compareOpen(pair)] : [compareReversed(pair), compareShipped(pair)];
}

function compareOpen({ of, hold, asked, order }: Pair): Difference | null {
  const place = placeOf(of, hold);
  if (order.state === 'closed' || asked.released.decided > 0) {
    const what = `${hold.quantity} held, the order ${order.state === 'closed' ? 'is closed' : 'released them'}`;
    return repairable({
      ...place,
      class: 'hold-left-open',
      what,
      repair: { type: 'ReleaseHold', ...bodyOf(of, hold), reason: 'repaired' },
    });
  }
  if (asked.committed.decided === 0) return null;
  return repairable({
    ...place,
    class: 'commit-missing',
    what: `${hold.quantity} held, the order asked to commit them`,
    repair: { type: 'CommitHold', ...bodyOf(of, hold) },
  });
}

function compareReversed({ of, hold, asked, order }: Pair): Difference | null {
  const wanted =
    order.state === 'closed'
      ? Math.max(asked.reversed.decided, hold.quantity - hold.shipped)
      : asked.reversed.decided;
  const short = Math.min(wanted - hold.reversed, keptOf(hold));
  if (short > 0) {
    return repairable({
      ...placeOf(of, hold),
      class: 'reverse-missing',
      what: `${hold.reversed} reversed, the order gave up ${wanted}`,
      repair: { type: 'ReverseCommit', ...bodyOf(of, hold), quantity: short },
    });
  }
  const over = hold.reversed - Math.max(wanted, asked.reversed.all);
  if (over <= 0) return null;
  return {
    ...placeOf(of, hold),
    class: 'reverse-unasked',
    what: `${hold.reversed} reversed, the order gave up ${asked.reversed.all}`,
    mend: `npx millrace stock adjust ${of.sku} --quantity -${over} --reason count-loss`,
    repair: null,
  };
}

function compareShipped({ of, hold, asked }: Pair): Difference | null {
  const short = Math.min(asked.shipped.decided - hold.shipped, keptOf(hold));
  if (short > 0) {
    return repairable({
      ...placeOf(of, hold),
      class: 'shipment-missing',
      what: `${hold.shipped} shipped, the order shipped ${asked.shipped.decided}`,
      repair: {
        type: 'ShipAllocated',
        ...bodyOf(of, hold),
        quantity: short,
        shipmentId: 'stock-check',
      },
    });
  }
  if (hold.shipped <= asked.shipped.all) return null;
  const what = `${hold.shipped} shipped, the order shipped ${asked.shipped.all}`;
  return { ...placeOf(of, hold), class: 'shipment-unasked', what, mend: auditIt, repair: null };
}

/** Units kept for an order nobody knows: held ones can go back, sold ones may have left the building. */
function orphan(of: LedgerSku, hold: LedgerHold): Difference | null {
  const kept = keptOf(hold);
  if (kept === 0) return null;
  const what = `${kept} ${hold.state === 'open' ? 'held' : 'sold'} for order ${hold.orderId}, which never asked`;
  const difference = { ...placeOf(of, hold), class: 'hold-of-no-order', what } as const;
  return hold.state === 'open'
    ? repairable({
        ...difference,
        repair: { type: 'ReleaseHold', ...bodyOf(of, hold), reason: 'repaired' },
      })
    : { ...difference, mend: auditIt, repair: null };
}

/** The order counts on units, stock keeps none: nothing may be promised anew, so a person gives the order up. */
function missing(of: LedgerSku, asked: AskedHold, order: AskingOrder | undefined): Difference | null {
  if (order?.state !== 'open' && order?.state !== 'confirmed') return null;
  const hold = of.holds.get(asked.holdId);
  const isCounted = asked.isHeard && asked.placed.decided > 0;
  if (!isCounted || (hold && hold.state !== 'released')) return null;
  const what = `the order counts on ${asked.quantity}, stock ${hold ? 'released them' : 'never placed them'}`;
  return cancelOrder(of, asked, 'hold-missing', what);
}

const auditIt = 'npx millrace verify';

const cancelOrder = (
  of: LedgerSku,
  hold: { readonly holdId: string; readonly orderId: string },
  is: DifferenceClass,
  what: string,
): Difference => ({
  ...placeOf(of, hold),
  class: is,
  what,
  mend: `npx millrace orders cancel ${hold.orderId}`,
  repair: null,
});

const placeOf = ({ store, sku }: LedgerSku, { holdId }: { readonly holdId: string }) => ({
  key: `${store}/${sku}`,
  about: holdId,
});

const bodyOf = ({ sku }: LedgerSku, { holdId, orderId }: LedgerHold) => ({ holdId, orderId, sku });
