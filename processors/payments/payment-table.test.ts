import { describe, expect, test } from 'vitest';
import type { RefundFact, ReportFacts, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import {
  earlierReplies,
  neverAskedReplies,
  type OutcomeIs,
  outcomes,
  type PaymentColumn,
  paymentColumns,
  type PaymentState,
  paymentStates,
  paymentTransitions,
  type Sight,
} from '../../schemas/payment-transitions.ts';
import {
  type RefundColumn,
  refundColumns,
  type RefundState,
  refundStates,
  refundTransitions,
} from '../../schemas/refund-transitions.ts';
import { decidePaymentTime, paymentDueAtMs } from './decide-payment-time.ts';
import { decided, type PaymentDecision } from './payment-decision.ts';
import {
  hintOf,
  hour,
  outcomeOf,
  paidOrder,
  type PaymentBench,
  paymentIn,
  refundIn,
  waysTo,
} from './testing/payment-bench.ts';

type Try = (bench: PaymentBench) => PaymentDecision;

/** A look-up that a hint caused, so that it tells something in every state. */
const look =
  (of: Partial<ReportFacts>, laterMs = 0): Try =>
  (bench) => {
    bench.nowMs += laterMs;
    bench.tell(hintOf('news', { eventId: `evt-${bench.nowMs}` }));
    return bench.facts(of);
  };

/** What falls due first, if anything does. */
const wait: Try = (bench) => {
  const dueAtMs = paymentDueAtMs(paidOrder, bench.payment);
  return dueAtMs === Number.POSITIVE_INFINITY
    ? decidePaymentTime(paidOrder, bench.payment, bench.nowMs + 1_000 * hour)
    : (bench.until(dueAtMs)[0] ?? decided([]));
};

const sightTries: Readonly<Record<Sight, readonly Try[]>> = {
  authorized: [look({}), look({ authorizedMinor: 1 }), look({ currency: 'EUR' })],
  captured: [look({ capturedMinor: 500 }), look({ capturedMinor: 1 })],
  ended: [look({ ended: 'voided' }), look({ ended: 'lapsed' }), look({ ended: 'declined' })],
  not_found: [0, hour, 24 * hour].map((laterMs) => look({ found: 'not-found', pspRef: null }, laterMs)),
};

/** Replies to the operation asked last; before there is one, to one that never was. */
function replyTries(bench: PaymentBench, is: OutcomeIs): readonly Try[] {
  const kind = bench.payment.ops.at(-1)?.kind ?? 'authorize';
  const reply =
    (of: Partial<ReportOutcome> = {}): Try =>
    (told) =>
      told.tell(outcomeOf(kind, is, of));
  if (is === 'not_executed') return [reply(), reply({ again: false })];
  if (is !== 'ok') return [reply()];
  return [reply(), reply({ amountMinor: 1 }), reply({ code: 'captured' })];
}

const isOutcome = (column: PaymentColumn | RefundColumn): column is OutcomeIs =>
  outcomes.some((is) => is === column);

function triesOf(bench: PaymentBench, column: PaymentColumn): readonly Try[] {
  if (isOutcome(column)) return replyTries(bench, column);
  return column === 'time' ? [wait] : sightTries[column];
}

const cells = paymentStates.flatMap((state) => paymentColumns.map((column) => ({ state, column })));

describe.each(cells)('the payment: $state × $column', ({ state, column }) => {
  test('does what its cell says and leads where it says, nowhere else', () => {
    const cell = paymentTransitions[state][column];
    const reached = new Set<PaymentState>();
    for (const way of waysTo[state]) {
      for (const [i] of triesOf(paymentIn(state, way), column).entries()) {
        const bench = paymentIn(state, way);
        const decision = triesOf(bench, column)[i]?.(bench);
        if (cell.is !== 'rule' && column !== 'time') {
          expect(decision).toEqual({ events: [], result: null, note: cell });
        }
        if (cell.is !== 'rule' && column === 'time') expect(decision).toEqual(decided([]));
        reached.add(bench.payment.state);
      }
      if (cell.is === 'rule' && cell.rule === 'late-ok') {
        const bench = paymentIn(state, way);
        bench.tell(outcomeOf('authorize', 'ok'));
        reached.add(bench.payment.state);
      }
    }
    const named = cell.is === 'rule' && cell.to.length > 0 ? cell.to : [state];
    expect(reached).toEqual(new Set(named));
  });
});

test.each(paymentStates.flatMap((state) => outcomes.map((is) => ({ state, is }))))(
  'in $state, $is of an operation, an attempt or a kind that was never asked is refused',
  ({ state, is }) => {
    for (const of of [{ opId: 'o-1:void:9' }, { attempt: 2 }, { kind: 'refund' }] as const) {
      const bench = paymentIn(state);
      const decision = bench.tell(outcomeOf('authorize', is, of));
      expect(decision).toEqual({ events: [], result: null, note: neverAskedReplies[is] });
      expect(bench.payment.state).toBe(state);
    }
  },
);

test.each(
  (['Capturing', 'CaptureUnknown', 'Captured', 'Voiding', 'VoidUnknown', 'Voided'] as const).flatMap(
    (state) => outcomes.map((is) => ({ state, is })),
  ),
)('in $state, $is of the answered authorization changes nothing', ({ state, is }) => {
  const bench = paymentIn(state, waysTo[state][state === 'VoidUnknown' ? 1 : 0]);
  const { note, result } = bench.tell(outcomeOf('authorize', is));
  const cell = earlierReplies[is];
  if (cell.is !== 'rule') expect(note).toEqual(cell);
  else if (is === 'ok') expect(note).toEqual({ is: 'repeat' });
  else expect(bench.types()).toContain('DiscrepancyRecorded');
  expect([bench.payment.state, result]).toEqual([state, null]);
});

const refundTries = (column: RefundColumn): readonly Try[] => {
  if (isOutcome(column)) {
    const reply =
      (of: Partial<ReportOutcome> = {}): Try =>
      (bench) =>
        bench.tell(outcomeOf('refund', column, of));
    return column === 'ok' ? [reply(), reply({ amountMinor: 1 })] : [reply()];
  }
  if (column === 'time') return [wait];
  const list = (refunds: readonly RefundFact[], laterMs = 0) =>
    look({ capturedMinor: 500, refunds }, laterMs);
  if (column === 'not_listed') return [list([]), list([], hour), list([], 24 * hour)];
  const opId = 'o-1:refund:r-1';
  return [
    ...(['pending', 'done', 'failed'] as const).map((status) => list([{ opId, amountMinor: 200, status }])),
    list([{ opId, amountMinor: 199, status: 'done' }]),
  ];
};

const refundCells = refundStates.flatMap((state) => refundColumns.map((column) => ({ state, column })));

describe.each(refundCells)('a refund: $state × $column', ({ state, column }) => {
  test('does what its cell says and leads where it says, nowhere else', () => {
    const cell = refundTransitions[state][column];
    const reached = new Set<RefundState | undefined>();
    for (const attempt of refundTries(column)) {
      const bench = refundIn(state);
      const before = bench.events.length;
      const { note, result } = attempt(bench);
      if (cell.is !== 'rule') {
        expect(result).toBeNull();
        if (isOutcome(column)) expect(note).toEqual(cell);
        expect(bench.types().slice(before)).toEqual(
          isOutcome(column) || column === 'time' ? [] : ['LookUpRequested'],
        );
      }
      reached.add(bench.payment.refunds?.[0]?.state);
    }
    const named = cell.is === 'rule' && cell.to.length > 0 ? cell.to : [state];
    expect(reached).toEqual(new Set(named));
  });
});
