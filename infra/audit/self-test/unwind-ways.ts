import { opIdOf } from '../../../schemas/ids.ts';
import { common, holdAll, holdsAs, payRow } from './order-ways.ts';
import type { At } from './pipeline-model.ts';
import { holdAt, type ScriptOrder, type ShopScript } from './shop-script.ts';

type End = 'Rejected' | 'Declined' | 'Expired';

const unsoldRow = {
  customer_id: null,
  line_count: null,
  units: null,
  discount_minor: null,
  shipping_minor: null,
  tax_minor: null,
};

function beginUnwind(
  shop: ShopScript,
  order: ScriptOrder,
  at: At,
  to: End,
  reason: string,
  held: readonly number[],
): number {
  const holds = held.map((i) => holdAt(order, i));
  const started = shop.decide(order, at, [
    [
      {
        type: 'UnwindStarted',
        ...common(order),
        to,
        reason,
        holds,
        commits: [],
        commandId: null,
        fingerprint: null,
        requestId: null,
      },
      { status: 'unwinding' },
    ],
  ]);
  shop.tables.orders.push({
    ...shop.row(order),
    ...unsoldRow,
    event: 'UnwindStarted',
    currency: null,
    outcome: to,
    reason,
    total_minor: null,
    placed_at: null,
    ordered_at: null,
  });
  return started;
}

function endUnwind(
  shop: ShopScript,
  order: ScriptOrder,
  started: number,
  to: End,
  reason: string,
  held: readonly number[],
): void {
  const replies = held.map((i, index) => [i, shop.endHold(order, started, index, i, statusOf(to))] as const);
  const { placedAtMs, totalMinor } = order;
  const { orderedAtMs } = order.view;
  for (const [i, reply] of replies) {
    const released = order.view.holds.map((hold, k) =>
      k === i ? { ...hold, state: 'released' as const } : hold,
    );
    shop.decide(order, reply, [
      [
        { type: 'HoldRecorded', ...common(order), holdId: holdAt(order, i).holdId, as: 'released' },
        { holds: released },
      ],
    ]);
    if (i !== held.at(-1)) continue;
    const status = statusOf(to);
    shop.decide(order, reply, [
      [
        {
          type: 'OrderClosed',
          ...common(order),
          as: to,
          reason,
          currency: 'GBP',
          totalMinor,
          placedAtMs,
          orderedAtMs,
        },
        { status, reason, unwinding: null },
      ],
    ]);
    shop.tables.orders.push({
      ...shop.row(order),
      ...unsoldRow,
      event: 'OrderClosed',
      currency: 'GBP',
      outcome: to,
      reason,
      total_minor: totalMinor,
      placed_at: placedAtMs,
      ordered_at: orderedAtMs,
    });
  }
}

/** One of its two SKUs is short; the other one's hold comes while it is undone already. */
export function reject(shop: ShopScript, key: string): void {
  const { order } = shop.place(key, [
    { sku: 'CLOCK', quantity: 5, unitMinor: 900 },
    { sku: 'MUG', quantity: 1, unitMinor: 199 },
  ]);
  const refused = shop.hold(order, 0, 'insufficient');
  shop.decide(order, refused, [
    [
      { type: 'HoldRecorded', ...common(order), holdId: holdAt(order, 0).holdId, as: 'refused' },
      holdsAs(order, ['refused']),
    ],
  ]);
  const started = beginUnwind(shop, order, refused, 'Rejected', 'insufficient', [1]);
  const placed = shop.hold(order, 1, 'placed');
  shop.decide(order, placed, [
    [
      { type: 'HoldRecorded', ...common(order), holdId: holdAt(order, 1).holdId, as: 'placed' },
      holdsAs(order, ['refused', 'placed']),
    ],
  ]);
  endUnwind(shop, order, started, 'Rejected', 'insufficient', [1]);
}

/** The provider says no. */
export function decline(shop: ShopScript, key: string): void {
  const { order } = holdAll(shop, key, [
    { sku: 'LAMP', quantity: 2, unitMinor: 255 },
    { sku: 'MUG', quantity: 1, unitMinor: 199 },
  ]);
  const declined = shop.outcome(order, 'authorize', 'no');
  const opId = opIdOf(order.orderId, 'authorize', 1);
  shop.decide(order, declined, [
    [
      { type: 'PaymentDeclined', ...common(order), opId, attempt: 1, code: 'card_declined', next: 'never' },
      {},
    ],
  ]);
  order.view.payment = {
    ...order.view.payment,
    status: 'declined',
    kind: null,
    sinceMs: shop.logs.now,
    declineCode: 'card_declined',
  };
  payRow(shop, order, 'PaymentDeclined', 'authorize', {
    amount_minor: null,
    currency: null,
    psp_ref: null,
    code: 'card_declined',
  });
  const started = beginUnwind(shop, order, declined, 'Declined', 'card_declined', [0, 1]);
  endUnwind(shop, order, started, 'Declined', 'card_declined', [0, 1]);
}

const statusOf = (to: End): 'rejected' | 'declined' | 'expired' =>
  to.toLowerCase() as 'rejected' | 'declined' | 'expired';

/** No answer of stock comes before the deadline: a Tick ends the wait, the late hold is given back. */
export function expire(shop: ShopScript, key: string): void {
  const { order } = shop.place(key, [{ sku: 'LAMP', quantity: 1, unitMinor: 255 }]);
  shop.logs.wait(900_000);
  const tick = shop.logs.sendTick('orders', order.partition);
  const started = beginUnwind(shop, order, tick, 'Expired', 'hold-deadline', [0]);
  shop.logs.passTime(tick);
  const placed = shop.hold(order, 0, 'placed');
  shop.decide(order, placed, [
    [
      { type: 'HoldRecorded', ...common(order), holdId: holdAt(order, 0).holdId, as: 'placed' },
      holdsAs(order, ['placed']),
    ],
  ]);
  endUnwind(shop, order, started, 'Expired', 'hold-deadline', [0]);
}
