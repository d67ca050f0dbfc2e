import type { OrderedPieces } from '../../../../schemas/generated/orders-events.ts';
import type { At } from '../pipeline-model.ts';
import {
  type LifeCart,
  type LifeOrder,
  type LifeScript,
  nobody,
  type Outside,
  type TellOf,
} from './life-script.ts';

type End = TellOf<'UnwindStarted'>['to'];

/** Stock sets the pieces of every hold aside; `then` says what the last reply leads to. */
export function holdAll(
  life: LifeScript,
  order: LifeOrder,
  ...then: readonly TellOf<'PaymentOpRequested' | 'CommitStarted'>[]
): number {
  let seq = 0;
  for (const [i, { holdId, sku, quantity }] of order.holds.entries()) {
    const { orderId, customerId } = order;
    const hold = { holdId, quantity, customerId, untilMs: order.placedAtMs + 900_000 };
    const reply = life.stock(order, order.placedSeq, i, sku, {
      ask: { type: 'PlaceHold', orderId, sku, ...hold },
      say: { type: 'HoldPlaced', ...hold, repeat: false },
      reply: true,
    });
    life.available.set(sku, (life.available.get(sku) ?? 0) - quantity);
    const isLast = i === order.holds.length - 1;
    const recorded = { type: 'HoldRecorded', holdId, as: 'placed' } as const;
    seq = life.tell(order, reply, recorded, ...(isLast ? then : []));
  }
  return seq;
}

/** Placed and held, and asked of the provider to reserve its money. */
export function authorizing(life: LifeScript, key: string, cart: LifeCart): LifeOrder {
  const order = life.place(key, cart);
  holdAll(life, order, life.op(order, 'authorize'));
  return order;
}

export const authorized = (life: LifeScript, order: LifeOrder): TellOf<'PaymentAuthorized'> => ({
  type: 'PaymentAuthorized',
  ...answered(life, order, 'authorize'),
  captureBeforeMs: null,
});

export const answered = (life: LifeScript, order: LifeOrder, kind: 'authorize' | 'capture' | 'void') => {
  const { opId, attempt, amountMinor } = life.op(order, kind);
  return { opId, attempt, amountMinor, currency: 'GBP', pspRef: `psp-${order.orderId}` } as const;
};

/** The provider reserves the money, and every hold is to become a sale. */
export function committing(life: LifeScript, key: string, cart: LifeCart): { order: LifeOrder; seq: number } {
  const order = authorizing(life, key, cart);
  const ok = life.outcome(order, life.op(order, 'authorize'), 'ok');
  return { order, seq: startCommit(life, order, ok, authorized(life, order)) };
}

/** `before` and the CommitStarted; returns its seq. */
export function startCommit(
  life: LifeScript,
  order: LifeOrder,
  at: At,
  ...before: readonly TellOf<'PaymentAuthorized' | 'PaymentCaptured'>[]
): number {
  const { holds } = order;
  return life.tell(order, at, ...before, { type: 'CommitStarted', holds }) + before.length;
}

/** Every hold becomes a sale; `then` is what the last one leads to. Returns the last reply. */
export function commitAll(
  life: LifeScript,
  order: LifeOrder,
  seq: number,
  ...then: readonly TellOf<'PaymentOpRequested' | 'OrderConfirmed' | 'UnwindStarted'>[]
): { at: At; seq: number } {
  let last: { at: At; seq: number } | null = null;
  for (const [i, { holdId, sku, quantity }] of order.holds.entries()) {
    const { orderId } = order;
    const at = life.stock(order, seq, i, sku, {
      ask: { type: 'CommitHold', holdId, orderId, sku },
      say: { type: 'HoldCommitted', holdId, quantity, repeat: false },
      reply: true,
    });
    const isLast = i === order.holds.length - 1;
    const first = life.tell(order, at, { type: 'CommitRecorded', holdId }, ...(isLast ? then : []));
    last = { at, seq: first };
  }
  if (!last) throw new RangeError('an order has holds');
  return last;
}

export const sale = (order: LifeOrder): TellOf<'OrderConfirmed'> => {
  const { customerId, lines, totalMinor, placedAtMs, money } = order;
  const { discountMinor, shippingMinor, shippingTaxMinor } = money;
  return {
    type: 'OrderConfirmed',
    customerId,
    currency: 'GBP',
    lines: lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      netMinor: line.quantity * line.unitMinor - line.discountMinor - line.shareMinor,
      taxMinor: line.taxMinor,
    })),
    totalMinor,
    discountMinor,
    shippingMinor,
    taxMinor: lines.reduce((sum, { taxMinor }) => sum + taxMinor, 0) + shippingTaxMinor,
    placedAtMs,
    orderedAtMs: null,
  };
};

/** Held, reserved, committed, and the money is being taken. */
export function capturing(life: LifeScript, key: string, cart: LifeCart): LifeOrder {
  const { order, seq } = committing(life, key, cart);
  commitAll(life, order, seq, life.op(order, 'capture'));
  return order;
}

export const captured = (life: LifeScript, order: LifeOrder): TellOf<'PaymentCaptured'> => ({
  type: 'PaymentCaptured',
  ...answered(life, order, 'capture'),
});

/** A sale. */
export function confirmed(life: LifeScript, key: string, cart: LifeCart): LifeOrder {
  const order = capturing(life, key, cart);
  const ok = life.outcome(order, life.op(order, 'capture'), 'ok');
  life.tell(order, ok, captured(life, order), sale(order));
  return order;
}

export const unwinding = (
  to: End,
  reason: string,
  undo: Partial<Pick<TellOf<'UnwindStarted'>, 'holds' | 'commits'>> = {},
  outside: Outside | typeof nobody = nobody,
): TellOf<'UnwindStarted'> => ({
  type: 'UnwindStarted',
  to,
  reason,
  holds: [],
  commits: [],
  ...undo,
  ...outside,
});

export const closing = (order: LifeOrder, as: End, reason: string): TellOf<'OrderClosed'> => ({
  type: 'OrderClosed',
  as,
  reason,
  currency: 'GBP',
  totalMinor: order.totalMinor,
  placedAtMs: order.placedAtMs,
  orderedAtMs: null,
});

/** Stock ends every hold that the UnwindStarted `seq` names, and the order closes with the last. */
export function releaseAll(
  life: LifeScript,
  order: LifeOrder,
  seq: number,
  to: End,
  ...then: readonly TellOf<'OrderClosed'>[]
): void {
  for (const [i, { holdId, sku, quantity }] of order.holds.entries()) {
    const reason = to.toLowerCase();
    const at = life.stock(order, seq, i, sku, {
      ask: { type: 'ReleaseHold', holdId, orderId: order.orderId, sku, reason },
      say: { type: 'HoldReleased', holdId, quantity, reason, repeat: false },
      reply: true,
    });
    life.available.set(sku, (life.available.get(sku) ?? 0) + quantity);
    const isLast = i === order.holds.length - 1;
    const recorded = { type: 'HoldRecorded', holdId, as: 'released' } as const;
    life.tell(order, at, recorded, ...(isLast ? then : []));
  }
}

/** Stock takes the pieces of sales back on hand; `index` is that of the first message of the event `seq`. */
export function reverseAll(
  life: LifeScript,
  order: LifeOrder,
  seq: number,
  commits: readonly { readonly holdId: string; readonly sku: string; readonly quantity: number }[],
  ...then: readonly TellOf<'OrderClosed'>[]
): void {
  for (const [i, { holdId, sku, quantity }] of commits.entries()) {
    const at = life.stock(order, seq, i, sku, {
      ask: { type: 'ReverseCommit', holdId, orderId: order.orderId, sku, quantity },
      say: { type: 'CommitReversed', holdId, quantity, repeat: false },
      reply: true,
    });
    life.available.set(sku, (life.available.get(sku) ?? 0) + quantity);
    const isLast = i === commits.length - 1;
    life.tell(order, at, { type: 'HoldRecorded', holdId, as: 'reversed' }, ...(isLast ? then : []));
  }
}

export const pieces = (order: LifeOrder, line: number, quantity: number): OrderedPieces => {
  const sku = order.lines[line - 1]?.sku ?? '';
  return { line, sku, holdId: `${order.orderId}:${sku}`, quantity };
};

type Refund = TellOf<'RefundRequested'>;

/** Money that goes back: its lines by hand, its amount their sum. */
export const refund = (
  order: LifeOrder,
  refundId: string,
  origin: Refund['origin'],
  of: Pick<Refund, 'lines'> & { readonly shippingMinor?: number },
  outside: Outside | typeof nobody = nobody,
): Refund => {
  const { shippingMinor = 0 } = of;
  return {
    type: 'RefundRequested',
    customerId: order.customerId,
    refundId,
    opId: `${order.orderId}:refund:${refundId}`,
    origin,
    lines: of.lines,
    shippingMinor,
    amountMinor: of.lines.reduce((sum, line) => sum + line.netMinor + line.taxMinor, shippingMinor),
    currency: 'GBP',
    reason: origin,
    claimedAtMs: null,
    ...outside,
  };
};

/** All of an order that nothing went back of. */
export const wholeRefund = (order: LifeOrder, refundId: string, origin: Refund['origin']): Refund =>
  refund(order, refundId, origin, {
    lines: order.lines.map(({ sku, quantity, unitMinor, discountMinor, shareMinor, taxMinor }, i) => ({
      line: i + 1,
      sku,
      quantity,
      netMinor: quantity * unitMinor - discountMinor - shareMinor,
      taxMinor,
    })),
    shippingMinor: order.money.shippingMinor + order.money.shippingTaxMinor,
  });

/** The provider's word on a refund, and what the order records of it. */
export function answerRefund(
  life: LifeScript,
  order: LifeOrder,
  { refundId, opId, amountMinor }: Pick<Refund, 'refundId' | 'opId' | 'amountMinor'>,
  as: 'succeeded' | 'failed',
  ...then: readonly TellOf<'RefundDue' | 'OrderClosed'>[]
): void {
  const op = life.op(order, 'refund', refundId, amountMinor);
  const isOk = as === 'succeeded';
  const at = life.outcome(
    order,
    op,
    isOk ? 'ok' : 'no',
    isOk ? {} : { code: 'account_closed', next: 'never' },
  );
  const recorded = {
    type: 'RefundRecorded',
    refundId,
    opId,
    attempt: 1,
    as,
    amountMinor,
    currency: 'GBP',
    pspRef: isOk ? `psp-${order.orderId}` : null,
    code: isOk ? null : 'account_closed',
  } as const;
  life.tell(order, at, recorded, ...then);
}

/** A refund and its operation. */
export const asksBack = (life: LifeScript, order: LifeOrder, of: Refund) =>
  [of, life.op(order, 'refund', of.refundId, of.amountMinor)] as const;

export const unknown = (
  life: LifeScript,
  order: LifeOrder,
  kind: 'authorize' | 'capture' | 'void' | 'refund',
  decideByMs: number,
  op = life.op(order, kind),
): TellOf<'PaymentUnknown'> => ({
  type: 'PaymentUnknown',
  opId: op.opId,
  attempt: op.attempt,
  kind,
  amountMinor: op.amountMinor,
  currency: 'GBP',
  cause: 'timeout',
  nextCheckAtMs: life.logs.now + 2_000,
  decideByMs,
});
