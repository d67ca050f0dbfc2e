import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import { opIdOf, paymentKeyOf } from '../../../schemas/ids.ts';
import type { OrderView } from '../../../schemas/order-view.ts';
import type { At } from './pipeline-model.ts';
import { holdAt, type ScriptLine, type ScriptOrder, type ShopScript } from './shop-script.ts';
import { store } from './stock-script.ts';

type Step = readonly [OrderBody, Partial<OrderView>];
type End = 'Rejected' | 'Declined' | 'Expired';

const common = ({ orderId }: ScriptOrder) => ({ store, orderId }) as const;

function intent(order: ScriptOrder, kind: 'authorize' | 'capture'): OrderBody {
  const opId = opIdOf(order.orderId, kind, 1);
  const money = { amountMinor: order.totalMinor, currency: 'GBP' };
  const ref =
    kind === 'authorize' ? { methodRef: 'sealed', pspRef: null } : { methodRef: null, pspRef: 'psp-1' };
  return {
    type: 'PaymentOpRequested',
    ...common(order),
    customerId: 'c-1',
    opId,
    attempt: 1,
    kind,
    key: paymentKeyOf(store, opId, 1),
    ...money,
    ...ref,
  };
}

const holdsAs = (
  order: ScriptOrder,
  states: readonly OrderView['holds'][number]['state'][],
): Partial<OrderView> => ({
  holds: order.holds.map((hold, i) => ({ ...hold, state: states[i] ?? 'asked' })),
});

/** All holds, then the intent to authorize. */
function holdAll(
  shop: ShopScript,
  key: string,
  lines: readonly ScriptLine[],
): { order: ScriptOrder; posted: At } {
  const { order, at } = shop.place(key, lines);
  const replies = order.holds.map((_, i) => shop.hold(order, i, 'placed'));
  for (const [i, reply] of replies.entries()) {
    const states = order.holds.map((__, k) => (k <= i ? 'placed' : 'asked'));
    const steps: Step[] = [
      [
        { type: 'HoldRecorded', ...common(order), holdId: holdAt(order, i).holdId, as: 'placed' },
        holdsAs(order, states),
      ],
    ];
    shop.decide(order, reply, steps);
    // The reply comes a second time, as after a lost acknowledgement.
    shop.logs.repeat(reply);
    if (i < replies.length - 1) continue;
    askMoney(shop, order, reply, 'authorize');
  }
  return { order, posted: at };
}

function askMoney(shop: ShopScript, order: ScriptOrder, at: At, kind: 'authorize' | 'capture'): void {
  const status = kind === 'authorize' ? 'authorizing' : 'capturing';
  shop.decide(order, at, [[intent(order, kind), { status }]]);
  order.view.payment = { ...order.view.payment, status, sinceMs: shop.logs.now };
  payRow(shop, order, 'PaymentOpRequested', kind, { psp_ref: kind === 'capture' ? 'psp-1' : null });
}

function payRow(
  shop: ShopScript,
  order: ScriptOrder,
  event: string,
  kind: string,
  more: Record<string, string | number | null> = {},
): void {
  const op = { op_id: opIdOf(order.orderId, kind, 1), attempt: 1, kind };
  shop.tables.payments.push({
    ...shop.row(order),
    event,
    ...op,
    amount_minor: order.totalMinor,
    currency: 'GBP',
    psp_ref: 'psp-1',
    code: null,
    ...more,
  });
}

/** Held, authorized, committed, captured: a sale. */
export function confirm(
  shop: ShopScript,
  key: string,
  lines: readonly ScriptLine[],
): { order: ScriptOrder; posted: At } {
  const { order, posted } = holdAll(shop, key, lines);
  const paid = { amountMinor: order.totalMinor, currency: 'GBP', pspRef: 'psp-1', attempt: 1 };
  const authorized = shop.outcome(order, 'authorize', 'ok');
  shop.decide(order, authorized, [
    [
      {
        type: 'PaymentAuthorized',
        ...common(order),
        ...paid,
        opId: opIdOf(order.orderId, 'authorize', 1),
        captureBeforeMs: null,
      },
      {},
    ],
  ]);
  order.view.payment = { ...order.view.payment, status: 'authorized', sinceMs: shop.logs.now };
  payRow(shop, order, 'PaymentAuthorized', 'authorize');
  const started = shop.decide(order, authorized, [
    [{ type: 'CommitStarted', ...common(order), holds: order.holds }, { status: 'committing' }],
  ]);
  shop.logs.repeat(authorized);
  const committed = order.holds.map((_, i) => shop.endHold(order, started, i, i, 'committed'));
  for (const [i, reply] of committed.entries()) {
    const states = order.holds.map((__, k) => (k <= i ? 'committed' : 'placed'));
    shop.decide(order, reply, [
      [{ type: 'CommitRecorded', ...common(order), holdId: holdAt(order, i).holdId }, holdsAs(order, states)],
    ]);
    if (i === committed.length - 1) askMoney(shop, order, reply, 'capture');
  }
  const captured = shop.outcome(order, 'capture', 'ok');
  shop.decide(order, captured, [
    [{ type: 'PaymentCaptured', ...common(order), ...paid, opId: opIdOf(order.orderId, 'capture', 1) }, {}],
  ]);
  order.view.payment = {
    ...order.view.payment,
    status: 'captured',
    sinceMs: shop.logs.now,
    capturedMinor: order.totalMinor,
  };
  payRow(shop, order, 'PaymentCaptured', 'capture');
  sell(shop, order, captured);
  // The same cart once more, after all: the log has it.
  shop.logs.repeat(posted);
  return { order, posted };
}

function sell(shop: ShopScript, order: ScriptOrder, at: At): void {
  const tax = order.lines.reduce((sum, line) => sum + line.taxMinor, 0);
  const sold = order.lines.map((line) => ({
    sku: line.sku,
    quantity: line.quantity,
    netMinor: line.quantity * line.unitMinor,
    taxMinor: line.taxMinor,
  }));
  const { placedAtMs, totalMinor } = order;
  const { orderedAtMs } = order.view;
  const sale = {
    customerId: 'c-1',
    currency: 'GBP',
    totalMinor,
    discountMinor: 0,
    shippingMinor: 0,
    taxMinor: tax,
    placedAtMs,
    orderedAtMs,
  };
  shop.decide(order, at, [
    [{ type: 'OrderConfirmed', ...common(order), ...sale, lines: sold }, { status: 'confirmed' }],
  ]);
  const row = shop.row(order);
  const units = sold.reduce((sum, { quantity }) => sum + quantity, 0);
  shop.tables.orders.push({
    ...row,
    event: 'OrderConfirmed',
    customer_id: 'c-1',
    currency: 'GBP',
    outcome: null,
    reason: null,
    line_count: sold.length,
    units,
    total_minor: totalMinor,
    discount_minor: 0,
    shipping_minor: 0,
    tax_minor: tax,
    placed_at: placedAtMs,
    ordered_at: orderedAtMs,
  });
  for (const [line, of] of sold.entries()) {
    shop.tables.order_lines.push({
      ...row,
      line,
      entry: 'sold',
      customer_id: 'c-1',
      currency: 'GBP',
      sku: of.sku,
      units: of.quantity,
      unit_minor: null,
      discount_minor: null,
      tax_minor: of.taxMinor,
      net_minor: of.netMinor,
      gross_minor: of.netMinor + of.taxMinor,
      placed_at: placedAtMs,
      ordered_at: orderedAtMs,
    });
  }
}

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
    [{ type: 'UnwindStarted', ...common(order), to, reason, holds, commits: [] }, { status: 'unwinding' }],
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
        { status, reason },
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
