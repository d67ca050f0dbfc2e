import { describe, expect, test } from 'vitest';
import type { PaymentEvent } from './payment.ts';
import { hasOpenDispute, refundsAskedMinor } from './payment.ts';
import { paymentDefaults } from './payment-schedule.ts';
import { requestAuthorize, requestRefund } from './request-payment.ts';
import {
  createPaymentBench,
  day,
  factsOf,
  hintOf,
  hour,
  lineOf,
  minute,
  outcomeOf,
  paidOrder,
  type PaymentBench,
  paymentIn,
  pspRef,
  refundIn,
  second,
  startMs,
  waysTo,
  wordOf,
} from './testing/payment-bench.ts';

const asksOf = (bench: PaymentBench) =>
  bench.events
    .filter((event) => event.type === 'PaymentOpRequested')
    .map(({ opId, attempt, key }) => ({ opId, attempt, key }));
const last = (bench: PaymentBench): PaymentEvent | undefined => bench.events.at(-1);
const notFound = { found: 'not-found', pspRef: null, authorizedMinor: null, capturedMinor: null } as const;
/** Times of the look-ups from `since` on. */
function looksWithin(bench: PaymentBench, untilMs: number): readonly number[] {
  const since = bench.nowMs;
  const times: number[] = [];
  while (bench.nowMs < untilMs) {
    const before = bench.types().filter((type) => type === 'LookUpRequested').length;
    bench.until(bench.nowMs + second);
    if (bench.types().filter((type) => type === 'LookUpRequested').length > before)
      times.push(bench.nowMs - since);
  }
  return times;
}

describe('trap 13: a time-out is no failure', () => {
  test('a time-out is unknown, with its cause, its next look-up, its amount and its deadline', () => {
    const bench = createPaymentBench();
    bench.authorize();
    const { result } = bench.tell(outcomeOf('authorize', 'unknown'));
    expect(result).toBe('InDoubt');
    expect(last(bench)).toMatchObject({
      type: 'PaymentUnknown',
      cause: 'timeout',
      amountMinor: 500,
      nextCheckAtMs: startMs + 2 * second,
      decideByMs: startMs + 2 * hour,
    });
    expect(bench.tell(outcomeOf('authorize', 'ok')).result).toBe('Authorized');
  });

  test('an operation of which nobody says anything for 60 s is unknown too', () => {
    const bench = paymentIn('Capturing');
    expect(bench.until(startMs + minute - 1)).toEqual([]);
    expect(bench.until(startMs + minute)).toMatchObject([{ result: 'InDoubt' }]);
    expect(last(bench)).toMatchObject({ type: 'PaymentUnknown', cause: 'silent' });
  });

  test('the janitor looks at 2 s, 10 s, 30 s, 2 min, 10 min, 1 h, then hourly to decideBy; then the order gives up', () => {
    const bench = paymentIn('AuthorizeUnknown');
    expect(looksWithin(bench, startMs + 2 * hour - second)).toEqual([
      2 * second,
      10 * second,
      30 * second,
      2 * minute,
      10 * minute,
      hour,
    ]);
    expect(bench.until(startMs + 2 * hour).at(-1)?.result).toBe('GiveUp');
    expect(bench.payment.state).toBe('Voiding');
  });

  test('an unknown capture is looked at hourly until 6 h before the authorization ends, then daily with a person', () => {
    const bench = paymentIn('CaptureUnknown');
    const decideByMs = startMs + 7 * day - 6 * hour;
    bench.until(decideByMs - 1);
    expect(bench.types()).not.toContain('PersonNeeded');
    bench.until(decideByMs);
    expect(bench.events.find(({ type }) => type === 'PersonNeeded')).toMatchObject({
      reason: 'undecided',
      amountMinor: 500,
    });
    expect(bench.payment.state).toBe('CaptureUnknown');
    const before = bench.events.length;
    bench.until(decideByMs + 3 * day);
    expect(bench.types().slice(before)).toEqual(['LookUpRequested', 'LookUpRequested', 'LookUpRequested']);
  });
});

describe('trap 14: no new key on a retry', () => {
  test('what a look-up does not find is sent again under the same key, with the same bytes', () => {
    const bench = paymentIn('AuthorizeUnknown');
    bench.until(startMs + 2 * minute);
    bench.facts(notFound);
    const [first, again] = bench.events.filter((event) => event.type === 'PaymentOpRequested');
    expect(again).toEqual(first);
    expect(first).toEqual(requestAuthorize(paidOrder, 'sealed'));
    expect(bench.payment.state).toBe('AuthorizeUnknown');
  });

  test('absence counts only after the quiet period', () => {
    const bench = paymentIn('AuthorizeUnknown');
    bench.until(startMs + 30 * second);
    expect(bench.facts(notFound).note).toEqual({ is: 'ignore', reason: 'not-found-too-early' });
    expect(asksOf(bench)).toHaveLength(1);
  });

  test('a provider that cannot be asked by our id is never believed that there is nothing', () => {
    const bench = paymentIn('AuthorizeUnknown', undefined, { ...paymentDefaults, findsByOpId: false });
    bench.until(startMs + hour);
    bench.facts(notFound);
    expect(asksOf(bench)).toHaveLength(1);
  });

  test('an op older than 23 h is not sent again: an authorization lapses, a capture calls a person', () => {
    const authorize = paymentIn('Authorizing', waysTo.Authorizing[1]);
    authorize.nowMs = startMs + 23 * hour + 1;
    authorize.tell(hintOf('news'));
    expect(authorize.facts(notFound).result).toBe('Lapsed');

    const capture = paymentIn('CaptureUnknown');
    capture.until(startMs + 24 * hour);
    expect(capture.facts().events).toMatchObject([{ type: 'PersonNeeded', reason: 'key-too-old' }]);
    expect(capture.payment.state).toBe('CaptureUnknown');
    expect(asksOf(capture)).toHaveLength(2);
  });
});

describe('trap 15: a kept error is not replayed for ever', () => {
  const keptError = { replayed: true, cause: 'server' } as const;

  test('proven harmless by a look-up, the next attempt has a new key; before that nothing is sent', () => {
    const bench = paymentIn('CaptureUnknown');
    bench.tell(outcomeOf('capture', 'unknown', keptError));
    expect(asksOf(bench)).toHaveLength(2);
    bench.until(startMs + 2 * second);
    bench.facts();
    const [, first, second_] = asksOf(bench);
    expect(second_).toMatchObject({ opId: first?.opId, attempt: 2 });
    expect(second_?.key).not.toBe(first?.key);
    expect(bench.tell(outcomeOf('capture', 'ok', { attempt: 2 })).result).toBe('Captured');
  });

  test('what is kept of the old key says nothing of the new one: it is sent again under the new one', () => {
    const bench = paymentIn('CaptureUnknown');
    bench.tell(outcomeOf('capture', 'unknown', keptError));
    for (const atMs of [startMs + 2 * second, startMs + 10 * second, startMs + 2 * minute]) {
      bench.until(atMs);
      bench.facts();
    }
    expect(asksOf(bench).map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2, 2]);
  });

  test('the same error, not kept, is sent again under its own key', () => {
    const bench = paymentIn('CaptureUnknown');
    bench.tell(outcomeOf('capture', 'unknown', { cause: 'server' }));
    bench.until(startMs + 2 * second);
    bench.facts();
    expect(asksOf(bench).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });
});

describe('trap 16: a 429 speaks of its own try alone', () => {
  test('after an unknown it settles nothing, whether it may be sent again or not', () => {
    for (const again of [true, false]) {
      const bench = paymentIn('AuthorizeUnknown');
      const { note } = bench.tell(outcomeOf('authorize', 'not_executed', { again, try: 2 }));
      expect([note, bench.payment.state]).toEqual([
        { is: 'ignore', reason: 'still-unknown' },
        'AuthorizeUnknown',
      ]);
    }
  });

  test('before one it is asked for again until payBy, then the authorization lapses', () => {
    const bench = paymentIn('Authorizing');
    for (const minutes of [1, 6, 11]) {
      bench.nowMs = startMs + minutes * minute - 1;
      expect(bench.tell(outcomeOf('authorize', 'not_executed')).result).toBeNull();
    }
    expect(new Set(asksOf(bench).map(({ key }) => key)).size).toBe(1);
    bench.nowMs = paidOrder.holdUntilMs;
    expect(bench.tell(outcomeOf('authorize', 'not_executed')).result).toBe('Lapsed');
  });

  test('a capture that the provider will never take calls a person, and waits for his word', () => {
    const bench = paymentIn('Capturing');
    bench.tell(outcomeOf('capture', 'not_executed', { again: false, code: 'parameter' }));
    expect(last(bench)).toMatchObject({ type: 'PersonNeeded', reason: 'not-executable' });
    bench.until(startMs + 10 * minute);
    expect(bench.payment.state).toBe('Capturing');
    const { events, result } = bench.tell(wordOf('o-1:capture:1', 'not-done'));
    expect([events.map(({ type }) => type), result]).toEqual([
      ['PaymentResolved', 'PaymentCaptureFailed'],
      'CaptureFailed',
    ]);
  });
});

test('trap 17: a refund that is not listed is sent again under its own key, after the quiet period, while that lives', () => {
  const bench = refundIn('RefundUnknown');
  bench.until(startMs + 30 * second);
  bench.facts({ capturedMinor: 500 });
  expect(asksOf(bench)).toHaveLength(3);
  bench.until(startMs + 2 * minute);
  bench.facts({ capturedMinor: 500 });
  const [, , first, again] = asksOf(bench);
  expect(again).toEqual(first);
  bench.until(startMs + 23 * hour + 30 * minute);
  expect(bench.facts({ capturedMinor: 500 }).events).toMatchObject([
    { type: 'PersonNeeded', reason: 'key-too-old', opId: 'o-1:refund:r-1' },
  ]);
  expect(asksOf(bench)).toHaveLength(4);
});

test('trap 17: two equal refunds have a key each', () => {
  const { payment } = paymentIn('Captured');
  const [one, two] = ['r-1', 'r-2'].map((refundId) =>
    requestRefund(paidOrder, payment, { refundId, amountMinor: 100 }),
  );
  expect(one?.opId).toBe('o-1:refund:r-1');
  expect(one?.key).not.toBe(two?.key);
  expect(one?.pspRef).toBe(pspRef);
});

test('trap 19: an order has one open authorization', () => {
  const bench = paymentIn('Authorizing');
  const tries = ['Authorized', 'Capturing', 'Captured', 'Voiding', 'Declined', 'Voided', 'Lapsed'] as const;
  for (const state of tries) expect(() => paymentIn(state).authorize()).toThrow(/cannot stand/);
  // asked for again it is the very same one
  bench.authorize();
  expect(bench.payment.ops).toHaveLength(1);
});

describe('trap 20: a webhook is a hint, never a fact', () => {
  test('it is looked after, and what the look-up shows counts', () => {
    const bench = paymentIn('AuthorizeUnknown');
    const decision = bench.tell(hintOf('payment_intent.payment_failed'));
    expect(decision.result).toBeNull();
    expect(last(bench)).toMatchObject({ type: 'LookUpRequested', hintId: 'evt-1', n: 1 });
    expect(bench.facts().result).toBe('Authorized');
  });

  test('repeated, or saying what is known, it costs no call', () => {
    const bench = paymentIn('Captured');
    expect(bench.tell(hintOf('payment_intent.succeeded')).note).toEqual({ is: 'ignore', reason: 'as-known' });
    bench.tell(hintOf('charge.dispute.created'));
    expect(bench.tell(hintOf('charge.dispute.created')).note).toEqual({ is: 'ignore', reason: 'known-hint' });
    for (let i = 0; i < 100; i += 1) bench.tell(hintOf('charge.dispute.created', { eventId: `evt-${i}-x` }));
    expect(bench.payment.hintIds).toHaveLength(100);
    expect(bench.payment.hintIds).not.toContain('evt-1');
  });

  test('a look-up asked before the newest reply is void and asked again', () => {
    const bench = paymentIn('AuthorizeUnknown');
    bench.until(startMs + 2 * second);
    bench.tell(outcomeOf('authorize', 'unknown', { try: 2 }));
    bench.facts();
    expect(bench.payment.state).toBe('AuthorizeUnknown');
    expect(last(bench)).toMatchObject({ type: 'LookUpRequested', n: 2, why: 'answer-void' });
    expect(bench.tell(factsOf(1)).note).toEqual({ is: 'ignore', reason: 'older-look-up' });
    expect(bench.tell(factsOf(9)).note).toEqual({ is: 'refuse', reason: 'stale-intent' });
    expect(bench.facts().result).toBe('Authorized');
  });

  test('a look-up that is unavailable is no answer: the state stays, the next one is planned', () => {
    const bench = paymentIn('CaptureUnknown');
    bench.until(startMs + 2 * second);
    expect(bench.facts({ found: 'unavailable' }).note).toEqual({ is: 'ignore', reason: 'unavailable' });
    expect(bench.payment.doubt).toMatchObject({ checks: 1, nextCheckAtMs: startMs + 10 * second });
  });

  test('a settlement line that says what we know changes nothing; another amount is a discrepancy and a look-up', () => {
    const bench = paymentIn('Captured');
    expect(bench.tell(lineOf()).note).toEqual({ is: 'ignore', reason: 'as-known' });
    expect(bench.tell(lineOf({ kind: 'fee' })).note).toEqual({ is: 'ignore', reason: 'as-known' });
    bench.tell(lineOf({ lineId: 'line-2', grossMinor: 501 }));
    expect(bench.types().slice(-2)).toEqual(['DiscrepancyRecorded', 'LookUpRequested']);
    expect(bench.tell(lineOf({ lineId: 'line-2', grossMinor: 501 })).note).toMatchObject({
      reason: 'known-hint',
    });
    expect(bench.payment).toMatchObject({ state: 'Captured', capturedMinor: 500 });
  });
});

describe('trap 21: a refund that succeeded may fail later', () => {
  test('it is owed again: RefundDue, and a new refund may be asked for', () => {
    const bench = refundIn('Succeeded');
    expect(refundsAskedMinor(bench.payment)).toBe(200);
    const { events, result } = bench.tell(outcomeOf('refund', 'no', { code: 'account_closed' }));
    expect(events.map(({ type }) => type)).toEqual(['RefundRecorded', 'RefundDue']);
    expect(result).toBe('RefundResult');
    expect(refundsAskedMinor(bench.payment)).toBe(0);
    bench.refund('r-2');
    expect(refundsAskedMinor(bench.payment)).toBe(200);
  });

  test('a look-up that lists it as failed says the same', () => {
    const bench = refundIn('Succeeded');
    bench.tell(hintOf('refund.updated', { opId: 'o-1:refund:r-1' }));
    const refunds = [{ opId: 'o-1:refund:r-1', amountMinor: 200, status: 'failed' }] as const;
    expect(bench.facts({ capturedMinor: 500, refunds }).result).toBe('RefundResult');
    expect(last(bench)?.type).toBe('RefundDue');
  });

  test('of three partial refunds one fails: the other two stand', () => {
    const bench = paymentIn('Captured');
    for (const refundId of ['r-1', 'r-2', 'r-3']) bench.refund(refundId, 100);
    const opIdOf = (refundId: string) => ({ opId: `o-1:refund:${refundId}`, amountMinor: 100 });
    bench.tell(outcomeOf('refund', 'ok', opIdOf('r-1')));
    bench.tell(outcomeOf('refund', 'no', opIdOf('r-2')));
    bench.tell(outcomeOf('refund', 'ok', opIdOf('r-3')));
    expect(bench.payment.refunds?.map(({ state }) => state)).toEqual(['Succeeded', 'Failed', 'Succeeded']);
    expect(refundsAskedMinor(bench.payment)).toBe(200);
  });

  test('unknown for 24 h or pending for 10 d, a person is called, once', () => {
    for (const [state, afterMs] of [
      ['RefundUnknown', day],
      ['Pending', 10 * day],
    ] as const) {
      const bench = refundIn(state);
      bench.until(startMs + afterMs - 1);
      expect(bench.types()).not.toContain('PersonNeeded');
      bench.until(startMs + afterMs + 5 * day);
      const calls = bench.events.filter(({ type }) => type === 'PersonNeeded');
      expect(calls).toMatchObject([{ opId: 'o-1:refund:r-1', reason: 'undecided', amountMinor: 200 }]);
    }
  });

  test('a person decides it: done, or owed', () => {
    const done = refundIn('RefundUnknown');
    done.tell(wordOf('o-1:refund:r-1', 'done'));
    expect(done.payment.refunds?.[0]?.state).toBe('Succeeded');
    const owed = refundIn('RefundUnknown');
    owed.tell(wordOf('o-1:refund:r-1', 'not-done'));
    expect(owed.types().slice(-3)).toEqual(['PaymentResolved', 'RefundRecorded', 'RefundDue']);
    expect(done.tell(wordOf('o-1:refund:r-1', 'done')).note).toEqual({
      is: 'refuse',
      reason: 'nothing-to-resolve',
    });
  });
});

describe('trap 23: an authorization does not lapse unseen', () => {
  test('6 h before captureBefore a person is called', () => {
    const bench = paymentIn('Authorized');
    bench.until(startMs + 7 * day - 6 * hour - 1);
    expect(bench.types()).not.toContain('PersonNeeded');
    bench.until(startMs + 7 * day - 6 * hour);
    expect(last(bench)).toMatchObject({ type: 'PersonNeeded', reason: 'capture-before-near' });
  });

  test('one that the provider ended is Lapsed, also while it is being captured', () => {
    for (const state of ['Authorized', 'Capturing', 'CaptureUnknown'] as const) {
      const bench = paymentIn(state);
      bench.tell(hintOf('charge.expired'));
      expect(bench.facts({ ended: 'lapsed' }).result).toBe('Lapsed');
    }
  });
});

describe('trap 24: late money of what was given up counts', () => {
  test('the late ok of a voided authorization is void again, in its own state', () => {
    const bench = paymentIn('VoidUnknown', waysTo.VoidUnknown[0]);
    expect(bench.payment.authorizedMinor).toBe(0);
    const { result, events } = bench.tell(outcomeOf('authorize', 'ok'));
    expect(result).toBeNull();
    expect(events.map(({ type }) => type)).toEqual(['PaymentAuthorized', 'PaymentOpRequested']);
    expect(bench.payment).toMatchObject({ state: 'VoidUnknown', authorizedMinor: 500, pspRef });
  });

  test('an authorization that shows up after its end goes to the order, which voids it', () => {
    for (const way of [0, 1]) {
      const bench = paymentIn('Voided', waysTo.Voided[way]);
      bench.tell(hintOf('anything'));
      expect(bench.facts().result).toBe('Authorized');
      bench.void();
      expect(bench.payment.ops.at(-1)?.opId).toBe('o-1:void:2');
    }
  });

  test('a capture nobody asked for is money to give back, and a discrepancy', () => {
    const bench = paymentIn('Voiding');
    bench.tell(hintOf('payment_intent.succeeded'));
    const { result, events } = bench.facts({ capturedMinor: 500 });
    expect(result).toBe('Captured');
    expect(events.map(({ type }) => type)).toEqual(['PaymentCaptured', 'DiscrepancyRecorded']);
    bench.refund('late', 500);
    expect(refundsAskedMinor(bench.payment)).toBe(500);
  });

  test('the same answer twice is a repeat, also after the void', () => {
    const bench = paymentIn('Voided');
    expect(bench.tell(outcomeOf('authorize', 'ok', { try: 2 })).note).toEqual({ is: 'repeat' });
  });
});

describe('trap 25: a dispute freezes refunds', () => {
  test('open, then won: it is open until the bank has decided, and decided once', () => {
    const bench = paymentIn('Captured');
    const show = (status: 'open' | 'won' | 'lost') => {
      bench.tell(hintOf('charge.dispute.updated', { eventId: `evt-${bench.events.length}` }));
      return bench.facts({ capturedMinor: 500, disputes: [{ id: 'dp-1', amountMinor: 500, status }] });
    };
    expect(show('open').result).toBe('Disputed');
    expect(hasOpenDispute(bench.payment)).toBe(true);
    expect(show('open').note).toEqual({ is: 'ignore', reason: 'as-known' });
    expect(show('won').result).toBe('Disputed');
    expect(hasOpenDispute(bench.payment)).toBe(false);
    expect(show('lost').result).toBeNull();
    expect(bench.payment.disputes).toEqual([{ disputeId: 'dp-1', amountMinor: 500, as: 'won' }]);
  });
});

describe('two sources that disagree', () => {
  test('are recorded and looked at again; the second time a person is called, after that nobody', () => {
    const bench = paymentIn('Captured');
    const look = (): readonly string[] => {
      bench.tell(hintOf('anything', { eventId: `evt-${bench.events.length}` }));
      return bench.facts({ capturedMinor: 499 }).events.map(({ type }) => type);
    };
    expect(look()).toEqual(['DiscrepancyRecorded', 'LookUpRequested']);
    expect(bench.facts({ capturedMinor: 499 }).events).toMatchObject([
      { type: 'PersonNeeded', reason: 'discrepancy' },
    ]);
    expect(look()).toEqual([]);
    expect(bench.payment).toMatchObject({ state: 'Captured', capturedMinor: 500 });
  });

  test('a refund nobody asked for is an orphan', () => {
    const bench = paymentIn('Captured');
    bench.tell(hintOf('anything'));
    bench.facts({ capturedMinor: 500, refunds: [{ opId: null, amountMinor: 5, status: 'done' }] });
    expect(bench.events.at(-2)).toMatchObject({
      type: 'DiscrepancyRecorded',
      class: 'orphan',
      amountMinor: 5,
    });
  });

  test('a refused capture is a failed one only when a look-up shows that nothing was taken', () => {
    const bench = paymentIn('Capturing');
    expect(bench.tell(outcomeOf('capture', 'no', { code: 'expired_card' })).result).toBe('InDoubt');
    expect(bench.types().slice(-2)).toEqual(['PaymentUnknown', 'LookUpRequested']);
    expect(bench.facts()).toMatchObject({
      result: 'CaptureFailed',
      events: [{ type: 'PaymentCaptureFailed', code: 'expired_card' }],
    });
    const taken = paymentIn('CaptureUnknown', waysTo.CaptureUnknown[1]);
    expect(taken.facts({ capturedMinor: 500 }).result).toBe('Captured');
  });

  test('a void refused since it was captured ends as captured', () => {
    const bench = paymentIn('VoidUnknown', waysTo.VoidUnknown[1]);
    expect(bench.facts({ capturedMinor: 500 }).result).toBe('Captured');
  });
});

test('the happy path costs no look-up, no doubt and no list', () => {
  const bench = paymentIn('Captured');
  expect(bench.types()).toEqual([
    'PaymentOpRequested',
    'PaymentAuthorized',
    'PaymentOpRequested',
    'PaymentCaptured',
  ]);
  const { doubt, lookUp, refunds, disputes, hintIds, discrepancy } = bench.payment;
  expect([doubt, lookUp, refunds, disputes, hintIds, discrepancy]).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('the fold stops at an event that cannot stand in its state', () => {
  expect(() => paymentIn('None').capture()).toThrow(/capture of o-1 cannot stand in payment state None/);
  expect(() => paymentIn('Voided').refund()).toThrow(/cannot stand/);
});
