import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { outcomes, paymentPath } from '../../schemas/payment-transitions.ts';
import { hasOpenDispute, isMoneySettled, refundsAskedMinor } from './payment.ts';
import {
  createPaymentBench,
  day,
  factsOf,
  hintOf,
  hour,
  lineOf,
  minute,
  outcomeOf,
  type PaymentBench,
  pspRef,
  second,
  startMs,
  wordOf,
} from './testing/payment-bench.ts';

type Act = (bench: PaymentBench) => void;

const kinds = ['authorize', 'capture', 'void', 'refund'] as const;
const opIds = [
  'o-1:authorize:1',
  'o-1:capture:1',
  'o-1:void:1',
  'o-1:void:2',
  'o-1:refund:r-1',
  'o-1:refund:r-2',
];
const amounts = fc.constantFrom(500, 200, 0, 499, 501, null);

/** What the order would ask for here, if its table and the path of the money allow it. */
const wish = fc.constantFrom(...kinds).map(
  (kind): Act =>
    (bench) => {
      const { payment } = bench;
      const isNew = paymentPath[`PaymentOpRequested:${kind}`][payment.state] !== null;
      if (!isNew) return;
      if (kind === 'authorize' && payment.state === 'None') bench.authorize();
      if (kind === 'capture' && payment.state === 'Authorized') bench.capture();
      if (kind === 'void' && !payment.state.startsWith('Void')) bench.void();
      const left = payment.capturedMinor - refundsAskedMinor(payment);
      if (kind === 'refund' && left >= 200 && !hasOpenDispute(payment)) {
        bench.refund(`r-${(payment.refunds?.length ?? 0) + 1}`, 200);
      }
    },
);

/** Any reply to anything, fitting or not. */
const reply = fc
  .record({
    opId: fc.constantFrom(...opIds),
    is: fc.constantFrom(...outcomes),
    fits: fc.integer({ min: 0, max: 9 }),
    attempt: fc.constantFrom(1, 1, 1, 2),
    again: fc.boolean(),
    replayed: fc.boolean(),
    amountMinor: amounts,
    code: fc.constantFrom(null, 'captured', 'card_declined'),
  })
  .map(
    ({ opId, is, fits, ...of }): Act =>
      (bench) => {
        const kind = kinds.find((each) => opId.includes(`:${each}:`)) ?? 'authorize';
        const odd = fits > 7 ? { amountMinor: of.amountMinor, pspRef: 'psp-2' } : {};
        const { attempt, again, replayed, code } = of;
        bench.tell(outcomeOf(kind, is, { opId, attempt, again, replayed, code, ...odd }));
      },
  );

/** Any answer to any look-up, true or not. */
const look = fc
  .record({
    nBack: fc.constantFrom(0, 0, 0, 1, -1),
    found: fc.constantFrom('found', 'found', 'not-found', 'unavailable'),
    authorizedMinor: amounts,
    capturedMinor: amounts,
    ended: fc.constantFrom(null, null, 'voided', 'lapsed', 'declined'),
    refund: fc.constantFrom(null, 'pending', 'done', 'failed'),
    dispute: fc.constantFrom(null, null, 'open', 'won', 'lost'),
  })
  .map(
    ({ nBack, refund, dispute, ...facts }): Act =>
      (bench) => {
        const n = Math.max(1, (bench.payment.lookUp?.n ?? 1) - nBack);
        const refunds =
          refund === null ? [] : [{ opId: 'o-1:refund:r-1', amountMinor: 200, status: refund } as const];
        const disputes = dispute === null ? [] : [{ id: 'dp-1', amountMinor: 500, status: dispute } as const];
        bench.tell(factsOf(n, { ...(facts as object), refunds, disputes }));
      },
  );

const word = fc.record({ opId: fc.constantFrom(...opIds), done: fc.boolean() }).map(
  ({ opId, done }): Act =>
    (bench) =>
      void bench.tell(wordOf(opId, done ? 'done' : 'not-done')),
);
const news = fc
  .record({
    eventId: fc.constantFrom('e-1', 'e-2', 'e-3'),
    isLine: fc.boolean(),
    grossMinor: fc.constantFrom(500, 499),
  })
  .map(
    ({ eventId, isLine, grossMinor }): Act =>
      (bench) => {
        bench.tell(isLine ? lineOf({ lineId: eventId, grossMinor }) : hintOf('anything', { eventId }));
      },
  );
const time = fc.constantFrom(second, 30 * second, minute, 20 * minute, 3 * hour, day, 8 * day).map(
  (ms): Act =>
    (bench) =>
      void bench.until(bench.nowMs + ms),
);

const acts = fc.array(
  fc.oneof({ weight: 3, arbitrary: wish }, { weight: 4, arbitrary: reply }, look, word, news, time),
  {
    maxLength: 40,
  },
);

function expectEquations(bench: PaymentBench): void {
  const { authorizedMinor, capturedMinor, refunds, ops, state, doubt } = bench.payment;
  expect(capturedMinor).toBeLessThanOrEqual(authorizedMinor);
  expect(authorizedMinor).toBeLessThanOrEqual(500);
  expect(refundsAskedMinor(bench.payment)).toBeLessThanOrEqual(capturedMinor);
  expect(
    new Set(ops.filter(({ kind }) => kind === 'authorize').map(({ opId }) => opId)).size,
  ).toBeLessThanOrEqual(1);
  expect(capturedMinor > 0).toBe(state === 'Captured');
  expect((refunds ?? []).length === 0 || state === 'Captured').toBe(true);
  // what is unknown has a plan and, unless a person has it, an end
  if (doubt && !isMoneySettled(bench.payment)) {
    expect(Number.isFinite(doubt.nextCheckAtMs)).toBe(true);
  }
}

test('whatever is said in whatever order, no step is impossible and the money adds up', () => {
  fc.assert(
    fc.property(acts, (sequence) => {
      const bench = createPaymentBench();
      for (const act of sequence) {
        act(bench);
        expectEquations(bench);
      }
    }),
    { numRuns: 1_500 },
  );
});

/** A provider that does what it is asked, once for each key, and whose replies may get lost before or after. */
class TruthfulProvider {
  readonly keys = new Set<string>();
  authorizedMinor = 0;
  capturedMinor = 0;
  isVoid = false;
  readonly refunds: { readonly opId: string; readonly amountMinor: number }[] = [];

  run({ key, kind, opId, amountMinor }: PaymentOpRequested): 'ok' | 'no' {
    if (this.keys.has(key)) return 'ok';
    const isLegal = {
      authorize: !this.isVoid,
      capture: this.authorizedMinor > 0 && !this.isVoid && this.capturedMinor === 0,
      void: this.authorizedMinor > 0 && this.capturedMinor === 0,
      refund: this.capturedMinor > 0,
    }[kind];
    if (!isLegal) return 'no';
    this.keys.add(key);
    if (kind === 'authorize') this.authorizedMinor = amountMinor;
    if (kind === 'capture') this.capturedMinor = amountMinor;
    if (kind === 'void') this.isVoid = true;
    if (kind === 'refund') this.refunds.push({ opId, amountMinor });
    return 'ok';
  }

  get facts() {
    return this.authorizedMinor === 0
      ? ({ found: 'not-found', pspRef: null, authorizedMinor: null } as const)
      : ({
          authorizedMinor: this.authorizedMinor,
          capturedMinor: this.capturedMinor,
          ended: this.isVoid ? 'voided' : null,
          refunds: this.refunds.map((refund) => ({ ...refund, status: 'done' as const })),
        } as const);
  }
}

test('where replies get lost before or after the effect, every unknown closes by look-ups and resends: one effect, equal books', () => {
  const luck = fc.infiniteStream(fc.constantFrom('said', 'lost-before', 'lost-after'));
  fc.assert(
    fc.property(luck, fc.constantFrom('refund', 'void'), (draws, then) => {
      const bench = createPaymentBench();
      const provider = new TruthfulProvider();
      let seen = 0;
      /** The worker: performs what is new in the journal; the look-ups always answer. */
      const work = (): void => {
        while (seen < bench.events.length) {
          const event = bench.events[seen];
          seen += 1;
          if (event?.type === 'LookUpRequested') bench.facts(provider.facts);
          if (event?.type !== 'PaymentOpRequested') continue;
          const fate = draws.next().value;
          const is = fate === 'lost-before' ? 'unknown' : provider.run(event);
          const { opId, attempt, kind, amountMinor } = event;
          const of = fate === 'said' && is === 'ok' ? { amountMinor, pspRef } : {};
          bench.tell(outcomeOf(kind, fate === 'said' ? is : 'unknown', { opId, attempt, ...of }));
        }
      };
      const settle = (): void => {
        work();
        const untilMs = bench.nowMs + 23 * hour;
        const isOpen = (): boolean =>
          !isMoneySettled(bench.payment) ||
          (bench.payment.refunds ?? []).some(({ state }) => state !== 'Succeeded');
        while (isOpen() && bench.nowMs < untilMs) {
          bench.until(bench.nowMs + 10 * second);
          work();
        }
      };
      bench.authorize();
      settle();
      if (bench.payment.state === 'Authorized' && then === 'void') bench.void();
      if (bench.payment.state === 'Authorized' && then === 'refund') bench.capture();
      settle();
      if (bench.payment.state === 'Captured') {
        bench.refund('r-1', 200);
        bench.refund('r-2', 200);
      }
      settle();
      expect(isMoneySettled(bench.payment)).toBe(true);
      expect(bench.payment.capturedMinor).toBe(provider.capturedMinor);
      expect(refundsAskedMinor(bench.payment)).toBe(
        provider.refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      );
      expect(provider.refunds).toHaveLength(provider.capturedMinor > 0 ? 2 : 0);
      expect(provider.isVoid).toBe(bench.payment.state === 'Voided' && provider.authorizedMinor > 0);
      expect(bench.types()).not.toContain('DiscrepancyRecorded');
      expect(bench.nowMs).toBeGreaterThanOrEqual(startMs);
    }),
    { numRuns: 300 },
  );
});
