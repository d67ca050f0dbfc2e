import type { LineQuantity } from '../../../../schemas/generated/orders-commands.ts';
import { cancel, returnAll, shipAll } from './cancel-ways.ts';
import { type LifeOrder, type LifeScript, type Outside, store, type TellOf } from './life-script.ts';
import {
  answerRefund,
  asksBack,
  authorizing,
  confirmed,
  pieces,
  refund,
  releaseAll,
  reverseAll,
  unwinding,
  closing,
} from './life-steps.ts';

/** Two lines of one SKU and one of another, with a discount to share, tax on top and shipping. */
const cart = {
  lines: [
    // 3 × 1000 − 500 = 2500, share 357; net 2143, tax 20 % = 429
    {
      sku: 'LAMP',
      quantity: 3,
      unitMinor: 1_000,
      discountMinor: 500,
      shareMinor: 357,
      taxBp: 2_000,
      taxMinor: 429,
    },
    // 4 × 250 = 1000, share 143; net 857
    { sku: 'MUG', quantity: 4, unitMinor: 250, shareMinor: 143 },
  ],
  discountMinor: 500,
  shippingMinor: 300,
  shippingTaxMinor: 60,
};

/** Pieces leave the building: asked for, recorded, shipped by stock. */
export function ship(
  life: LifeScript,
  order: LifeOrder,
  lines: readonly LineQuantity[],
  complete: boolean,
): void {
  const { at, outside } = life.ask(order, 'shipments', { ...shipAll(order.orderId), lines } as never);
  const told = lines.map(({ line, quantity }) => pieces(order, line, quantity));
  const { commandId: shipmentId } = outside;
  const seq = life.tell(order, at, {
    type: 'ShipmentRecorded',
    shipmentId,
    lines: told,
    carrier: null,
    trackingRef: null,
    complete,
    ...outside,
  });
  for (const [i, { holdId, sku, quantity }] of told.entries())
    life.stock(order, seq, i, sku, {
      ask: { type: 'ShipAllocated', holdId, orderId: order.orderId, sku, quantity, shipmentId },
      say: { type: 'AllocationShipped', holdId, quantity, shipmentId },
      reply: false,
    });
}

export function deliver(
  life: LifeScript,
  order: LifeOrder,
  lines: readonly LineQuantity[],
  complete: boolean,
): void {
  const { at, outside } = life.ask(order, 'deliveries', {
    type: 'RecordDelivery',
    orderId: order.orderId,
    lines,
  });
  life.tell(order, at, {
    type: 'DeliveryRecorded',
    deliveryId: outside.commandId,
    lines: lines.map(({ line, quantity }) => pieces(order, line, quantity)),
    complete,
    ...outside,
  });
}

export function askReturn(
  life: LifeScript,
  order: LifeOrder,
  returnId: string,
  lines: readonly LineQuantity[],
): void {
  const { at, outside } = life.ask(order, 'returns', { ...returnAll(order.orderId), returnId, lines });
  life.tell(order, at, {
    type: 'ReturnRequested',
    returnId,
    lines: lines.map(({ line, quantity }) => pieces(order, line, quantity)),
    reason: '',
    claimedAtMs: null,
    ...outside,
  });
}

interface Receipt {
  readonly line: number;
  readonly quantity: number;
  readonly sellable: boolean;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly shippingMinor?: number;
}

/** Pieces of a return came back: their money goes back, and what is sellable on hand. */
export function receive(life: LifeScript, order: LifeOrder, returnId: string, of: Receipt): void {
  const { line, quantity, sellable, netMinor, taxMinor, shippingMinor = 0 } = of;
  const { at, outside } = life.ask(order, `returns/${returnId}/receipt`, {
    type: 'ReceiveReturn',
    orderId: order.orderId,
    returnId,
    lines: [{ line, quantity }],
    sellable,
    condition: sellable ? null : 'damaged',
    claimedAtMs: null,
  });
  const told = pieces(order, line, quantity);
  const { commandId: receiptId } = outside;
  const back = refund(
    order,
    receiptId,
    'return',
    { lines: [{ line, sku: told.sku, quantity, netMinor, taxMinor }], shippingMinor },
    outside,
  );
  const seq = life.tell(
    order,
    at,
    {
      type: 'ReturnReceived',
      returnId,
      receiptId,
      lines: [told],
      sellable,
      condition: sellable ? null : 'damaged',
      claimedAtMs: null,
      ...outside,
    },
    ...asksBack(life, order, back),
  );
  if (sellable) {
    const { sku } = told;
    const moved = { returnId, receiptId: `${receiptId}:${line}`, quantity };
    life.stock(order, seq, 0, sku, {
      ask: { type: 'Restock', sku, orderId: order.orderId, ...moved },
      say: { type: 'StockRestocked', ...moved, repeat: false },
      reply: false,
    });
    life.available.set(sku, (life.available.get(sku) ?? 0) + quantity);
  }
  answerRefund(life, order, back, 'succeeded');
}

function cancelLine(life: LifeScript, order: LifeOrder): void {
  const lines = [{ line: 1, quantity: 1 }];
  const command = { type: 'CancelLines', orderId: order.orderId, lines, reason: 'one less' } as const;
  // `cancel` takes lines too.
  const { at, outside } = life.ask(order, 'cancel', command);
  const told = [pieces(order, 1, 1)];
  const { commandId: cancellationId } = outside;
  // A third of 2143 and of 429, rounded down.
  const worth = { line: 1, sku: 'LAMP', quantity: 1, netMinor: 714, taxMinor: 143 };
  const back = refund(order, cancellationId, 'cancel-lines', { lines: [worth] }, outside);
  const seq = life.tell(
    order,
    at,
    { type: 'LinesCancelled', cancellationId, lines: told, reason: 'one less', ...outside },
    ...asksBack(life, order, back),
  );
  reverseAll(life, order, seq, told);
  answerRefund(life, order, back, 'succeeded');
}

/** Cancelled in part, shipped in two parcels, delivered, and all of it returned, some of it damaged. */
export function wholeLife(life: LifeScript): void {
  const order = confirmed(life, 'whole-life', cart);
  const { orderId } = order;
  cancelLine(life, order);
  life.refuse(order, 'deliveries', { type: 'RecordDelivery', orderId, lines: [] }, 'not-shipped');
  ship(life, order, [{ line: 1, quantity: 2 }], false);
  const one = [{ line: 1, quantity: 1 }];
  life.refuse(order, 'shipments', { ...shipAll(orderId), lines: one } as never, 'not-open');
  life.refuse(order, 'cancel', cancel(orderId), 'partly-shipped');
  ship(life, order, [{ line: 2, quantity: 4 }], true);
  deliver(life, order, one, false);
  deliver(
    life,
    order,
    [
      { line: 1, quantity: 1 },
      { line: 2, quantity: 4 },
    ],
    true,
  );
  askReturn(life, order, 'ret-1', [
    { line: 1, quantity: 2 },
    { line: 2, quantity: 4 },
  ]);
  const back = { ...returnAll(orderId), returnId: 'ret-2', lines: one };
  life.refuse(order, 'returns', back, 'not-returnable');
  receive(life, order, 'ret-1', { line: 1, quantity: 2, sellable: true, netMinor: 1_429, taxMinor: 286 });
  receive(life, order, 'ret-1', { line: 2, quantity: 1, sellable: false, netMinor: 214, taxMinor: 0 });
  // The last pieces bring shipping and its tax back.
  const last = { line: 2, quantity: 3, sellable: true, netMinor: 643, taxMinor: 0, shippingMinor: 360 };
  receive(life, order, 'ret-1', last);
  const nothingLeft = {
    type: 'ReceiveReturn',
    orderId,
    returnId: 'ret-1',
    lines: [],
    sellable: true,
    condition: null,
    claimedAtMs: null,
  } as const;
  life.refuse(order, 'returns/ret-1/receipt', nothingLeft, 'no-return');
  life.refuse(order, 'refunds', refundOf(orderId, 1), 'over-refund');
}

export const refundOf = (orderId: string, amountMinor: number, currency = 'GBP') =>
  ({
    type: 'RequestRefund',
    orderId,
    refundId: 'gift',
    lines: [],
    amountMinor,
    currency,
    reason: 'sorry',
    claimedAtMs: null,
  }) as const;

/** An amount that goes back, as the caller asked: spread over the only line. */
function giveBack(
  life: LifeScript,
  order: LifeOrder,
  refundId: string,
  amountMinor: number,
): TellOf<'RefundRequested'> {
  const { orderId } = order;
  const { at, outside } = life.ask(order, 'refunds', { ...refundOf(orderId, amountMinor), refundId });
  const lines = [{ line: 1, sku: 'LAMP', quantity: 0, netMinor: amountMinor, taxMinor: 0 }];
  const back = refund(order, refundId, 'request', { lines }, outside);
  life.tell(order, at, ...asksBack(life, order, back));
  return back;
}

/** Refunds by amount: one that fails and is owed, one that fails after it had succeeded, and what makes up for them. */
export function failingRefunds(life: LifeScript): void {
  const order = confirmed(life, 'failing-refunds', { lines: [{ sku: 'LAMP', quantity: 1, unitMinor: 900 }] });
  life.refuse(order, 'refunds', refundOf(order.orderId, 10, 'EUR'), 'currency-mismatch');
  const first = giveBack(life, order, 'gift-1', 400);
  life.refuse(order, 'refunds', refundOf(order.orderId, 501), 'over-refund');
  answerRefund(life, order, first, 'failed', owed(first));
  const second = giveBack(life, order, 'gift-2', 400);
  answerRefund(life, order, second, 'succeeded');
  // Days later the bank sends it back.
  const look = life.lookUp(order, second.opId, 'refund.failed', { hintId: 'evt-9', amountMinor: 400 });
  const hint = { orderId: order.orderId, psp: 'simulator', pspRef: 'x', livemode: false } as const;
  const hinted = life.logs.post('orders', order.orderId, store, {
    type: 'ProviderHint',
    ...hint,
    eventId: 'evt-9',
    kind: 'refund.failed',
    opId: second.opId,
  });
  life.tell(order, hinted, look);
  const refunds = order.payment.refunds.map((one) => ({ ...one, status: 'failed' }));
  order.payment.refunds = refunds;
  const facts = life.facts(order, second.opId, {
    capturedMinor: 900,
    refunds: [{ opId: second.opId, amountMinor: 400, status: 'failed' }],
  });
  life.tell(
    order,
    facts,
    {
      type: 'RefundRecorded',
      refundId: 'gift-2',
      opId: second.opId,
      attempt: 1,
      as: 'failed',
      amountMinor: 400,
      currency: 'GBP',
      pspRef: null,
      code: 'failed',
    },
    owed(second),
  );
  const third = giveBack(life, order, 'gift-3', 900);
  answerRefund(life, order, third, 'succeeded');
}

const owed = ({ refundId, amountMinor }: TellOf<'RefundRequested'>): TellOf<'RefundDue'> => ({
  type: 'RefundDue',
  refundId,
  amountMinor,
  currency: 'GBP',
  code: 'account_closed',
});

/** A return that never arrives. */
export function lapsedReturn(life: LifeScript): void {
  const order = confirmed(life, 'lapsed-return', { lines: [{ sku: 'LAMP', quantity: 1, unitMinor: 900 }] });
  ship(life, order, [{ line: 1, quantity: 1 }], true);
  askReturn(life, order, 'ret-9', [{ line: 1, quantity: 1 }]);
  life.logs.wait(30 * 86_400_000);
  const { at } = life.tick(order, { type: 'ReturnLapsed', returnId: 'ret-9', lines: [pieces(order, 1, 1)] });
  life.logs.passTime(at);
}

/** At most three of a SKU a customer: the second order of his is over it, another customer's is not. */
export function limited(life: LifeScript): void {
  const sku = 'CLOCK';
  life.receive(sku, 50);
  const limit = { sku, perCustomer: 3, reason: 'launch' };
  const limits = (outside: Outside) => ({ type: 'PurchasesLimited', store, ...limit, ...outside }) as const;
  life.move(sku, { type: 'LimitPurchases', ...limit }, limits);
  const lines = [{ sku, quantity: 2, unitMinor: 100 }];
  confirmed(life, 'limited-1', { lines, customerId: 'c-7' });
  const order = life.place('limited-2', { lines, customerId: 'c-7' });
  const [hold] = order.holds;
  if (!hold) throw new RangeError('an order has holds');
  const { holdId, quantity } = hold;
  const at = life.stock(order, order.placedSeq, 0, sku, {
    ask: {
      type: 'PlaceHold',
      holdId,
      orderId: order.orderId,
      sku,
      quantity,
      customerId: 'c-7',
      untilMs: order.placedAtMs + 900_000,
    },
    say: {
      type: 'HoldRefused',
      holdId,
      quantity,
      reason: 'customer-limit',
      available: life.available.get(sku) ?? 0,
    },
    reply: true,
  });
  life.tell(
    order,
    at,
    { type: 'HoldRecorded', holdId, as: 'refused' },
    unwinding('Rejected', 'customer-limit'),
    closing(order, 'Rejected', 'customer-limit'),
  );
  confirmed(life, 'limited-3', { lines, customerId: 'c-8' });
}

/** The provider judges no; what is asked of an order that is no sale is refused. */
export function declined(life: LifeScript): void {
  const order = authorizing(life, 'declined', { lines: [{ sku: 'LAMP', quantity: 1, unitMinor: 900 }] });
  const { orderId } = order;
  life.refuse(order, 'refunds', refundOf(orderId, 1), 'not-confirmed');
  life.refuse(
    { orderId: 'o-00000000000000000000000001' },
    'cancel',
    cancel('o-00000000000000000000000001'),
    'unknown-order',
  );
  const op = life.op(order, 'authorize');
  const no = life.outcome(order, op, 'no', { code: 'card_declined', next: 'never' });
  const said = {
    type: 'PaymentDeclined',
    opId: op.opId,
    attempt: 1,
    code: 'card_declined',
    next: 'never',
  } as const;
  const seq = life.tell(order, no, said, unwinding('Declined', 'card_declined', { holds: order.holds }));
  releaseAll(life, order, seq + 1, 'Declined', closing(order, 'Declined', 'card_declined'));
  life.refuse(order, 'cancel', cancel(orderId), 'closed');
}
