import { describe, expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { noteSubject } from '../../schemas/notes.ts';
import {
  type OrderRow,
  type OrderState,
  orderStates,
  orderTransitions,
} from '../../schemas/order-transitions.ts';
import { type PaymentResult, paymentResults } from '../../schemas/payment-transitions.ts';
import { createPayment, evolvePayment, type Payment, type PaymentEvent } from '../payments/payment.ts';
import { requestAuthorize, requestCapture, requestRefund, requestVoid } from '../payments/request-payment.ts';
import { decideMoney } from './decide-money.ts';
import type { Order, OrderCommand, OrderEvent } from './order.ts';
import { samplesIn } from './testing/order-states.ts';
import {
  commandOf,
  factsOf,
  hintOf,
  lineCommand,
  orderId,
  orders,
  outcomeOf,
  placedIn,
  placeOrderOf,
  pspRef,
  refusedOf,
  replyOf,
  resolveOf,
  settlementOf,
  startMs,
  store,
} from './testing/orders-fixture.ts';

const atMs = startMs + 60_000;
const opId = (kind: string): string => `${orderId}:${kind}:1`;
const gbp = { amountMinor: 500, currency: 'GBP' };
const on = (kind: string) => ({ store, orderId, opId: opId(kind), attempt: 1 });
const authorized: PaymentEvent = {
  type: 'PaymentAuthorized',
  ...on('authorize'),
  ...gbp,
  pspRef,
  captureBeforeMs: null,
};
const captured: PaymentEvent = { type: 'PaymentCaptured', ...on('capture'), ...gbp, pspRef };
const unknownOf = (kind: 'authorize' | 'capture' | 'refund'): PaymentEvent => ({
  type: 'PaymentUnknown',
  ...on(kind),
  kind,
  ...gbp,
  cause: 'timeout',
  nextCheckAtMs: atMs,
  decideByMs: atMs,
});

/** Payments on their way, by the operation they wait for. */
function paymentAt(wait: 'authorize' | 'capture' | 'void' | 'refund' | 'nothing', order: Order): Payment {
  const payment = createPayment();
  const fold = (event: PaymentEvent): void => evolvePayment(payment, event, startMs);
  fold(requestAuthorize(order, 'sealed'));
  if (wait === 'authorize') return payment;
  fold(authorized);
  if (wait === 'void') {
    fold(requestVoid(order, payment));
    return payment;
  }
  fold(requestCapture(order, payment));
  if (wait === 'capture') return payment;
  fold(captured);
  if (wait === 'refund') fold(requestRefund(order, payment, { refundId: '1', amountMinor: 500 }));
  return payment;
}

interface News {
  readonly wait: Parameters<typeof paymentAt>[0];
  readonly events: readonly PaymentEvent[];
}

/** What the payment machine says beside each result. */
const news: Readonly<Record<PaymentResult, readonly News[]>> = {
  Authorized: [{ wait: 'authorize', events: [authorized] }],
  Declined: [
    {
      wait: 'authorize',
      events: [{ type: 'PaymentDeclined', ...on('authorize'), code: 'card', next: 'never' }],
    },
  ],
  Captured: [{ wait: 'capture', events: [captured] }],
  CaptureFailed: [
    { wait: 'capture', events: [{ type: 'PaymentCaptureFailed', ...on('capture'), code: 'expired' }] },
  ],
  Voided: [{ wait: 'void', events: [{ type: 'PaymentVoided', ...on('void'), ...gbp, pspRef }] }],
  Lapsed: [
    { wait: 'capture', events: [{ type: 'PaymentLapsed', ...on('capture'), reason: 'captureBefore' }] },
  ],
  RefundResult: [
    {
      wait: 'refund',
      events: [
        {
          type: 'RefundRecorded',
          ...on('refund'),
          refundId: '1',
          as: 'succeeded',
          ...gbp,
          pspRef: null,
          code: null,
        },
      ],
    },
  ],
  InDoubt: [
    { wait: 'authorize', events: [unknownOf('authorize')] },
    { wait: 'capture', events: [unknownOf('capture')] },
    { wait: 'refund', events: [unknownOf('refund')] },
  ],
  ActionRequired: [
    {
      wait: 'authorize',
      events: [{ type: 'PaymentActionRequired', ...on('authorize'), pspRef, client: null }],
    },
  ],
  GiveUp: [{ wait: 'authorize', events: [] }],
  Disputed: (['open', 'won', 'lost'] as const).map((as) => ({
    wait: 'nothing',
    events: [{ type: 'DisputeRecorded', store, orderId, disputeId: 'd', as, ...gbp, pspRef }],
  })),
};

const kinds = ['authorize', 'capture', 'void', 'refund'] as const;
const replies = ['ok', 'no', 'not_executed', 'pending', 'action', 'unknown'] as const;
const claimedAtMs = null;

/** Commands of a row, `a` pieces of A held; together they lead to every state the row's cells name. */
const tries: Readonly<
  Record<Exclude<OrderRow, PaymentResult | 'Tick'>, (a: number) => readonly Command<OrderCommand>[]>
> = {
  PlaceOrder: () => [commandOf(placeOrderOf([{}])), commandOf(placeOrderOf([{}]), { fingerprint: 'k1.bb' })],
  CancelOrder: () => [commandOf({ type: 'CancelOrder', orderId, reason: 'asked' })],
  CancelLines: () => [lineCommand({ type: 'CancelLines', lines: [{ line: 1, quantity: 1 }], reason: '' })],
  RecordShipment: () => [
    lineCommand({ type: 'RecordShipment', lines: [], carrier: null, trackingRef: null }),
  ],
  RecordDelivery: () => [lineCommand({ type: 'RecordDelivery', lines: [] })],
  RequestReturn: () => [
    lineCommand({ type: 'RequestReturn', returnId: 'r-2', lines: [], reason: '', claimedAtMs }),
  ],
  ReceiveReturn: () => [
    lineCommand({
      type: 'ReceiveReturn',
      returnId: 'r-1',
      lines: [],
      sellable: true,
      condition: null,
      claimedAtMs,
    }),
  ],
  RequestRefund: () => [
    lineCommand({
      type: 'RequestRefund',
      refundId: 'f-1',
      lines: [],
      amountMinor: 1,
      currency: 'GBP',
      reason: '',
      claimedAtMs,
    }),
  ],
  HoldPlaced: (a) => [commandOf(replyOf('HoldPlaced', 'A', a))],
  HoldRefused: (a) => [commandOf(refusedOf('A', a))],
  HoldReleased: (a) => [commandOf(replyOf('HoldReleased', 'A', a))],
  HoldCommitted: (a) => [commandOf(replyOf('HoldCommitted', 'A', a))],
  CommitReversed: () => [commandOf(replyOf('CommitReversed', 'A'))],
  ReportOutcome: () => kinds.flatMap((kind) => replies.map((is) => commandOf(outcomeOf(kind, { is })))),
  ReportFacts: () => [
    commandOf(factsOf({ authorizedMinor: 500 })),
    commandOf(factsOf({ authorizedMinor: 500, capturedMinor: 500 })),
    commandOf(factsOf({ ended: 'voided' })),
    commandOf(factsOf({ found: 'not-found' })),
  ],
  ProviderHint: () => [commandOf(hintOf())],
  SettlementLine: () => [commandOf(settlementOf())],
  ResolvePayment: () => [commandOf(resolveOf()), commandOf(resolveOf({ as: 'not-done' }))],
};

const isResult = (row: OrderRow): row is PaymentResult => (paymentResults as readonly string[]).includes(row);

/** Where an order stands after events, and the events. */
interface Made {
  readonly events: readonly OrderEvent[];
  readonly after: OrderState;
}

function after(order: Order | undefined, events: readonly OrderEvent[]): Made {
  let state: ReturnType<typeof orders.evolve> = order;
  for (const event of events) state = orders.evolve(state, event, atMs);
  return { events, after: state?.state ?? 'none' };
}

const piecesOfA = (order: Order | undefined): number =>
  order?.holds.find(({ sku }) => sku === 'A')?.quantity ?? 1;

/** Everything a row makes of every way to be in a state. */
function madeOf(row: OrderRow, state: OrderState): readonly Made[] {
  const built = samplesIn(state);
  if (row === 'Tick') return state === 'none' ? [tick()] : built.flatMap((build) => fired(build));
  if (!isResult(row)) {
    return built.flatMap((build) =>
      tries[row](piecesOfA(build())).map((command) => {
        const order = build();
        return after(order, orders.decide(order, command, atMs));
      }),
    );
  }
  return built
    .filter((build) => build()?.totalMinor === 500)
    .flatMap((build) =>
      news[row].map(({ wait, events }) => {
        const order = build();
        if (!order) return after(order, []);
        const asked = { ...order, payment: paymentAt(wait, order) };
        const cell = orderTransitions[row][state];
        const given = cell.is === 'rule' ? events.filter(fits(asked)) : [];
        const about = noteSubject(commandOf(outcomeOf('authorize')), orderId, state);
        return after(asked, decideMoney(asked, { events: given, result: row, note: null }, about, atMs));
      }),
    );
}

const fits =
  (order: Order) =>
  (event: PaymentEvent): boolean => {
    try {
      evolvePayment(structuredClone(order.payment), event, atMs);
      return true;
    } catch {
      return false;
    }
  };

const tick = (): Made =>
  after(undefined, orders.decide(undefined, commandOf({ type: 'Tick', writer: 'w' }, { store: '' }), atMs));

/** All that falls due while the order stays in its state. */
function fired(build: () => Order | undefined): Made[] {
  let order = build();
  const { state } = order ?? {};
  const made: Made[] = [];
  for (let fires = 0; order && order.state === state && fires < 100; fires += 1) {
    const dueMs = orders.dueAtMs(order);
    if (dueMs === Number.POSITIVE_INFINITY) break;
    const events = orders.due(order, dueMs);
    expect(events.length).toBeGreaterThan(0);
    if (events.some(({ type }) => type === 'OrderArchived')) break;
    let next: ReturnType<typeof orders.evolve> = order;
    for (const event of events) next = orders.evolve(next, event, dueMs);
    order = placedIn(next);
    made.push({ events, after: order?.state ?? 'none' });
    expect(order && orders.dueAtMs(order)).toBeGreaterThan(dueMs);
  }
  return made;
}

const rows = Object.keys(orderTransitions) as OrderRow[];
/** A result is news of an order's money: where there is no order, nothing brings it about. */
const cells = rows
  .flatMap((row) => orderStates.map((state) => ({ row, state })))
  .filter(({ row, state }) => !(isResult(row) && state === 'none'));
const notes = new Set(['CommandIgnored', 'CommandRefused', 'AnomalyRecorded']);

describe.each(cells)('$row × $state', ({ row, state }) => {
  const cell = orderTransitions[row][state];

  test(`does what its cell says: ${cell.is}`, () => {
    const made = madeOf(row, state);
    expect(made.length).toBeGreaterThan(0);
    if (cell.is === 'rule') {
      const reached = new Set(made.map((one) => one.after));
      if (cell.rule === 'ask-payment-machine') {
        expect([...cell.to]).toEqual(expect.arrayContaining([...reached]));
        return;
      }
      expect([...reached].sort()).toEqual([...cell.to].sort());
      const impossible = made
        .flatMap(({ events }) => events)
        .filter(({ type }) => type === 'AnomalyRecorded');
      expect(
        impossible.filter((event) => !('reason' in event && event.reason === 'contradicts-placed')),
      ).toEqual([]);
      return;
    }
    for (const { events, after: reached } of made) {
      expect(reached).toBe(state);
      const reasons = events.map((event) => [event.type, 'reason' in event ? event.reason : null]);
      if (cell.is === 'anomaly') {
        const refused = cell.refuse === null ? [] : [['CommandRefused', cell.refuse]];
        expect(reasons).toEqual([['AnomalyRecorded', cell.reason], ...refused]);
      } else {
        expect(reasons).toEqual([[cell.is === 'ignore' ? 'CommandIgnored' : 'CommandRefused', cell.reason]]);
      }
    }
  });

  if (
    cell.is === 'rule' &&
    cell.rule !== 'compare-fingerprint' &&
    !cell.rule.startsWith('cancel-') &&
    row !== 'Tick'
  ) {
    test('is reached: something is decided in it', () => {
      const made = madeOf(row, state).flatMap(({ events }) => events);
      const isNoted = cell.rule === 'end-hold' || cell.rule === 'note-cancel';
      if (cell.rule === 'ask-payment-machine' || isNoted) expect(made.length).toBeGreaterThan(0);
      else if (cell.rule !== 'settle' && cell.rule !== 'record-money')
        expect(made.filter(({ type }) => !notes.has(type)).length).toBeGreaterThan(0);
    });
  }
});

test('the states a money input leads to are those its results lead to', () => {
  for (const row of ['ReportOutcome', 'ReportFacts', 'ResolvePayment'] as const) {
    for (const state of orderStates.slice(1)) {
      const cell = orderTransitions[row][state];
      const results = paymentResults.flatMap((result) => {
        const of = orderTransitions[result][state];
        return of.is === 'rule' && of.rule !== 'give-up' ? [...of.to] : [];
      });
      expect([row, state, cell.is === 'rule' ? [...cell.to].sort() : null]).toEqual([
        row,
        state,
        [...new Set([state, ...results])].sort(),
      ]);
    }
  }
});
