import { expect } from 'vitest';
import { ByteReader } from '../../../schemas/byte-reader.ts';
import { ByteWriter } from '../../../schemas/byte-writer.ts';
import type {
  ProviderHint,
  ReportFacts,
  ReportOutcome,
  ResolvePayment,
  SettlementLine,
} from '../../../schemas/generated/orders-commands.ts';
import type { PaymentOpRequested } from '../../../schemas/generated/orders-events.ts';
import { opIdOf } from '../../../schemas/ids.ts';
import type { OutcomeIs, PaymentState } from '../../../schemas/payment-transitions.ts';
import type { RefundState } from '../../../schemas/refund-transitions.ts';
import { decidePayment, type PaymentInput } from '../decide-payment.ts';
import { decidePaymentTime, paymentDueAtMs } from '../decide-payment-time.ts';
import { createPayment, evolvePayment, type PaidOrder, type Payment, type PaymentEvent } from '../payment.ts';
import type { PaymentDecision } from '../payment-decision.ts';
import { readPayment, writePayment } from '../payment-format.ts';
import { paymentDefaults, type PaymentRules } from '../payment-schedule.ts';
import {
  refundOpIdOf,
  requestAuthorize,
  requestCapture,
  requestRefund,
  requestVoid,
} from '../request-payment.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
export const startMs = 1_000 * day;
export const pspRef = 'psp-1';

export const paidOrder: PaidOrder = {
  store: 's-1',
  orderId: 'o-1',
  customerId: 'c-1',
  currency: 'GBP',
  totalMinor: 500,
  paymentToken: 'sealed',
  holdUntilMs: startMs + 15 * minute,
};

type Kind = ReportOutcome['kind'];

/** What the worker reports; an `ok` fits the operation if nothing else is said. */
export const outcomeOf = (kind: Kind, is: OutcomeIs, of: Partial<ReportOutcome> = {}): ReportOutcome => ({
  type: 'ReportOutcome',
  orderId: paidOrder.orderId,
  opId: kind === 'refund' ? refundOpIdOf('o-1', 'r-1') : opIdOf('o-1', kind, 1),
  attempt: 1,
  try: 1,
  kind,
  is,
  amountMinor: is === 'ok' ? (kind === 'refund' ? 200 : 500) : null,
  currency: is === 'ok' ? 'GBP' : null,
  pspRef: is === 'ok' || is === 'pending' || is === 'action' ? pspRef : null,
  captureBeforeMs: is === 'ok' && kind === 'authorize' ? startMs + 7 * day : null,
  code: is === 'no' ? 'card_declined' : null,
  next: is === 'no' ? 'other-method' : null,
  cause: is === 'unknown' ? 'timeout' : null,
  client: is === 'action' ? '{}' : null,
  again: is === 'not_executed' ? true : null,
  replayed: false,
  ...of,
});

/** What a look-up shows: a reservation of the whole, if nothing else is said. */
export const factsOf = (n: number, of: Partial<ReportFacts> = {}): ReportFacts => ({
  type: 'ReportFacts',
  orderId: paidOrder.orderId,
  opId: null,
  pspRef,
  n,
  found: 'found',
  authorizedMinor: 500,
  capturedMinor: 0,
  currency: 'GBP',
  ended: null,
  captureBeforeMs: startMs + 7 * day,
  disputes: [],
  refunds: [],
  ...of,
});

export const hintOf = (kind: string, of: Partial<ProviderHint> = {}): ProviderHint => ({
  type: 'ProviderHint',
  orderId: paidOrder.orderId,
  psp: 'fake',
  eventId: 'evt-1',
  kind,
  pspRef,
  opId: null,
  livemode: false,
  ...of,
});

export const lineOf = (of: Partial<SettlementLine> = {}): SettlementLine => ({
  type: 'SettlementLine',
  orderId: paidOrder.orderId,
  psp: 'fake',
  lineId: 'line-1',
  day: '2026-01-01',
  kind: 'charge',
  pspRef,
  opId: null,
  grossMinor: 500,
  feeMinor: 10,
  netMinor: 490,
  currency: 'GBP',
  settledMinor: null,
  settledCurrency: null,
  ...of,
});

export const wordOf = (opId: string, as: ResolvePayment['as']): ResolvePayment => ({
  type: 'ResolvePayment',
  orderId: paidOrder.orderId,
  opId,
  as,
  by: 'ann',
  reason: 'asked the bank',
  evidence: 'letter 7',
});

/** One order's money and its log's clock; every event it decides is folded, and every state survives a snapshot. */
export interface PaymentBench {
  readonly payment: Payment;
  readonly events: PaymentEvent[];
  nowMs: number;
  tell(input: PaymentInput): PaymentDecision;
  /** Lets time pass to `atMs`, firing what falls due on the way; returns what the last firing decided. */
  until(atMs: number): readonly PaymentDecision[];
  authorize(): void;
  capture(): void;
  void(): void;
  refund(refundId?: string, amountMinor?: number): void;
  /** The look-up asked last is answered. */
  facts(of?: Partial<ReportFacts>): PaymentDecision;
  types(): readonly string[];
}

export function createPaymentBench(rules: PaymentRules = paymentDefaults): PaymentBench {
  const payment = createPayment();
  const events: PaymentEvent[] = [];
  const fold = (decided: readonly PaymentEvent[], atMs: number): void => {
    for (const event of decided) {
      evolvePayment(payment, event, atMs);
      events.push(event);
    }
    expectSnapshot(payment);
  };
  const ask = (requested: PaymentOpRequested): void => fold([requested], bench.nowMs);
  const bench: PaymentBench = {
    payment,
    events,
    nowMs: startMs,
    tell(input) {
      const decision = decidePayment(paidOrder, payment, input, bench.nowMs, rules);
      fold(decision.events, bench.nowMs);
      return decision;
    },
    until(atMs) {
      const decisions: PaymentDecision[] = [];
      for (;;) {
        const dueAtMs = paymentDueAtMs(paidOrder, payment);
        if (dueAtMs > atMs) break;
        bench.nowMs = Math.max(bench.nowMs, dueAtMs);
        const decision = decidePaymentTime(paidOrder, payment, bench.nowMs, rules);
        // what is due is done: otherwise every Tick would find it again
        expect(decision.events.length + (decision.result === null ? 0 : 1)).toBeGreaterThan(0);
        decisions.push(decision);
        fold(decision.events, bench.nowMs);
        if (decision.result === 'GiveUp') ask(requestVoid(paidOrder, payment));
      }
      bench.nowMs = Math.max(bench.nowMs, atMs);
      return decisions;
    },
    authorize: () => ask(requestAuthorize(paidOrder, 'sealed')),
    capture: () => ask(requestCapture(paidOrder, payment)),
    void: () => ask(requestVoid(paidOrder, payment)),
    refund: (refundId = 'r-1', amountMinor = 200) =>
      ask(requestRefund(paidOrder, payment, { refundId, amountMinor })),
    facts: (of) => bench.tell(factsOf(payment.lookUp?.n ?? 1, of)),
    types: () => events.map(({ type }) => type),
  };
  return bench;
}

function expectSnapshot(payment: Payment): void {
  const to = new ByteWriter();
  writePayment(payment, paidOrder, to);
  expect(readPayment(new ByteReader(to.written()), paidOrder)).toEqual(payment);
}

type Way = (bench: PaymentBench) => void;

const authorized: Way = (bench) => {
  bench.authorize();
  bench.tell(outcomeOf('authorize', 'ok'));
};
const capturing: Way = (bench) => {
  authorized(bench);
  bench.capture();
};
const voiding: Way = (bench) => {
  authorized(bench);
  bench.void();
};
const replied =
  (way: Way, kind: Kind, is: OutcomeIs, of: Partial<ReportOutcome> = {}): Way =>
  (bench) => {
    way(bench);
    bench.tell(outcomeOf(kind, is, of));
  };
const authorizing: Way = (bench) => bench.authorize();
const endedWhileCapturing =
  (ended: ReportFacts['ended']): Way =>
  (bench) => {
    replied(capturing, 'capture', 'unknown')(bench);
    bench.tell(hintOf('news', { eventId: 'evt-ended' }));
    bench.facts({ ended });
  };
const voidedUnseen: Way = (bench) => {
  replied(authorizing, 'authorize', 'unknown')(bench);
  bench.void();
};

/** Ways to each state, by intents, replies and look-ups alone. */
export const waysTo: Readonly<Record<PaymentState, readonly Way[]>> = {
  None: [() => {}],
  Authorizing: [authorizing, replied(authorizing, 'authorize', 'pending')],
  AuthorizeUnknown: [replied(authorizing, 'authorize', 'unknown')],
  ActionRequired: [replied(authorizing, 'authorize', 'action')],
  Authorized: [authorized],
  Capturing: [capturing, replied(capturing, 'capture', 'pending')],
  CaptureUnknown: [replied(capturing, 'capture', 'unknown'), replied(capturing, 'capture', 'no')],
  Captured: [replied(capturing, 'capture', 'ok')],
  Voiding: [voiding, voidedUnseen, replied(voidedUnseen, 'void', 'pending', { pspRef: null })],
  VoidUnknown: [replied(voidedUnseen, 'void', 'unknown'), replied(voiding, 'void', 'no')],
  Declined: [replied(authorizing, 'authorize', 'no'), endedWhileCapturing('declined')],
  Voided: [
    replied(voiding, 'void', 'ok'),
    replied(voidedUnseen, 'void', 'ok'),
    endedWhileCapturing('voided'),
  ],
  Lapsed: [
    replied(authorizing, 'authorize', 'not_executed', { again: false }),
    endedWhileCapturing('lapsed'),
  ],
};

/** The money in `state`, by the first way to it if no other is named. */
export function paymentIn(
  state: PaymentState,
  way: Way | undefined = waysTo[state][0],
  rules: PaymentRules = paymentDefaults,
): PaymentBench {
  const bench = createPaymentBench(rules);
  way?.(bench);
  expect(bench.payment.state).toBe(state);
  return bench;
}

/** A captured payment with one refund of 2.00 in `state`. */
export function refundIn(state: RefundState, rules: PaymentRules = paymentDefaults): PaymentBench {
  const bench = paymentIn('Captured', undefined, rules);
  bench.refund();
  const replies: Readonly<Record<RefundState, OutcomeIs | null>> = {
    Requested: null,
    RefundUnknown: 'unknown',
    Pending: 'pending',
    Succeeded: 'ok',
    Failed: 'no',
  };
  const is = replies[state];
  if (is !== null) bench.tell(outcomeOf('refund', is));
  expect(bench.payment.refunds?.[0]?.state).toBe(state);
  return bench;
}
