import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import { opIdOf, paymentKeyOf } from '../../../schemas/ids.ts';
import type { OrderView } from '../../../schemas/order-view.ts';
import type { At } from './pipeline-model.ts';
import { holdAt, type ScriptLine, type ScriptOrder, type ShopScript } from './shop-script.ts';
import { store } from './stock-script.ts';

type Step = readonly [OrderBody, Partial<OrderView>];

export const common = ({ orderId }: ScriptOrder) => ({ store, orderId }) as const;

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

export const holdsAs = (
  order: ScriptOrder,
  states: readonly OrderView['holds'][number]['state'][],
): Partial<OrderView> => ({
  holds: order.holds.map((hold, i) => ({ ...hold, state: states[i] ?? 'asked' })),
});

/** All holds, then the intent to authorize. */
export function holdAll(
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
  order.view.payment = { ...order.view.payment, status, kind, sinceMs: shop.logs.now };
  payRow(shop, order, 'PaymentOpRequested', kind, { psp_ref: kind === 'capture' ? 'psp-1' : null });
}

export function payRow(
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
  order.view.payment = {
    ...order.view.payment,
    status: 'authorized',
    kind: null,
    pspRef: 'psp-1',
    sinceMs: shop.logs.now,
  };
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
    kind: null,
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
