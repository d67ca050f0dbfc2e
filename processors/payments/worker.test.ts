import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../infra/psp/psp.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import {
  answered,
  createJournal,
  createWorkerBench,
  ok,
  requested,
  reserved,
  settled,
  following,
  isOf,
  opIdsOf,
  rateLimited,
  timeout,
} from './testing/worker-bench.ts';

const unknownOf = (orderId: string, cause: string): EventBody => ({
  type: 'PaymentUnknown',
  store: 'demo',
  orderId,
  opId: `${orderId}:authorize:1`,
  attempt: 1,
  kind: 'authorize',
  amountMinor: 1_250,
  currency: 'GBP',
  cause,
  nextCheckAtMs: null,
  decideByMs: null,
});

describe('the payments worker', () => {
  test('runs what the journal asks for with the method opened, and reports the outcome', async () => {
    const bench = createWorkerBench();
    bench.worker.take(0, []);
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    expect(bench.calls.map(({ op }) => op)).toEqual([
      {
        opId: 'o-1:authorize:1',
        orderId: 'o-1',
        store: 'demo',
        kind: 'authorize',
        attempt: 1,
        key: 'key-o-1',
        amount: { minor: 1_250, currency: 'GBP' },
        methodRef: 'tok_ok',
        atMs: 999_000,
      },
    ]);
    await bench.call('o-1:authorize:1').answer(ok);
    expect(bench.reports).toEqual([
      {
        store: 'demo',
        commandId: null,
        fingerprint: null,
        requestId: null,
        body: {
          type: 'ReportOutcome',
          orderId: 'o-1',
          opId: 'o-1:authorize:1',
          attempt: 1,
          try: 1,
          kind: 'authorize',
          is: 'ok',
          amountMinor: 1_250,
          currency: 'GBP',
          pspRef: 'pay_1',
          captureBeforeMs: 9,
          code: null,
          next: null,
          cause: null,
          client: null,
          again: null,
          replayed: false,
        },
      },
    ]);
    expect(bench.worker.openOperations()).toBe(0);
  });

  test('reads to the end first and runs only what has no answer there', async () => {
    const bench = createWorkerBench();
    bench.worker.begin(0);
    const journal = createJournal();
    bench.worker.take(0, journal.append(requested('o-1'), requested('o-2')));
    bench.worker.take(0, journal.append(requested('o-3'), answered('o-1')));
    await settled();
    expect(opIdsOf(bench)).toEqual([]);
    bench.worker.caughtUp(0);
    expect(opIdsOf(bench)).toEqual(['o-2:authorize:1', 'o-3:authorize:1']);
  });

  test('while it follows, it drops what is answered in the same batch', () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1'), requested('o-2'), answered('o-1')));
    expect(opIdsOf(bench)).toEqual(['o-2:authorize:1']);
  });

  test('an answer to another attempt closes nothing', () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1', { attempt: 2 }), answered('o-1')));
    expect(opIdsOf(bench)).toEqual(['o-1:authorize:1']);
  });

  test.each<[Outcome, object]>([
    [
      { is: 'no', code: 'card_declined', next: 'other-method' },
      { is: 'no', code: 'card_declined', next: 'other-method', amountMinor: null },
    ],
    [
      { is: 'not-executed', code: 'parameter', again: false },
      { is: 'not_executed', code: 'parameter', again: false },
    ],
  ])('$is is final: told once, never sent again', async (outcome, body) => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    await bench.call('o-1:authorize:1').answer(outcome);
    await bench.clock.advance(10 * 3_600_000);
    expect(bench.reports.map((report) => report.body)).toMatchObject([body]);
    expect(bench.calls).toHaveLength(1);
  });

  test('what may have happened is told and not sent again until the order asks for it: same key, same bytes', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    await bench.call('o-1:authorize:1').answer(timeout);
    await bench.clock.advance(3_600_000);
    expect([isOf(bench), bench.calls.length, bench.worker.openOperations()]).toEqual([['unknown'], 1, 0]);
    bench.worker.take(0, journal.append(unknownOf('o-1', 'timeout'), requested('o-1')));
    await bench.call('o-1:authorize:1').answer(ok);
    expect(isOf(bench)).toEqual(['unknown', 'ok']);
    expect(bench.calls).toHaveLength(2);
    expect(new Set(bench.calls.map(({ op }) => JSON.stringify(op))).size).toBe(1);
  });

  test('asked for again while it runs, it runs once more: the first outcome settles nothing of the second', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    bench.worker.take(0, journal.append(unknownOf('o-1', 'silent'), requested('o-1')));
    expect(bench.calls).toHaveLength(1);
    await bench.call('o-1:authorize:1').answer(timeout);
    expect(bench.calls).toHaveLength(2);
    await bench.call('o-1:authorize:1').answer(ok);
    expect([isOf(bench), bench.worker.openOperations()]).toEqual([['unknown', 'ok'], 0]);
  });

  test('what nobody reported runs again after a start, also where silence made it unknown', async () => {
    const bench = createWorkerBench();
    bench.worker.begin(0);
    const journal = createJournal();
    bench.worker.take(0, journal.append(requested('o-1'), unknownOf('o-1', 'silent')));
    bench.worker.take(0, journal.append(requested('o-2'), unknownOf('o-2', 'timeout')));
    bench.worker.caughtUp(0);
    await settled();
    expect(opIdsOf(bench)).toEqual(['o-1:authorize:1']);
  });

  test('what provably did not happen is sent again soon, told after 30 s and then every 2 min', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    const toldAt: number[] = [];
    const startMs = bench.clock.nowMs();
    while (bench.clock.nowMs() - startMs < 5 * 60_000) {
      await bench.call('o-1:authorize:1').answer({ ...rateLimited, afterMs: 5_000 });
      if (bench.reports.length > toldAt.length) toldAt.push(bench.clock.nowMs() - startMs);
      await bench.clock.advance(5_000);
    }
    expect(toldAt).toEqual([30_000, 150_000, 270_000]);
    expect(bench.outcomes[0]).toMatchObject({ is: 'not_executed', again: true, code: 'rate_limited' });
    // the order journals that it is asked for still: no reason to hurry
    const calls = bench.calls.length;
    bench.worker.take(0, journal.append(requested('o-1')));
    await settled();
    expect(bench.calls).toHaveLength(calls);
    await bench.call('o-1:authorize:1').answer(ok);
    expect(isOf(bench).at(-1)).toBe('ok');
    expect(bench.worker.openOperations()).toBe(0);
  });

  test('a void or a next attempt ends what it overtakes: neither is sent after it', async () => {
    const bench = createWorkerBench();
    bench.worker.begin(0);
    const journal = createJournal();
    const aVoid = { opId: 'o-1:void:1', kind: 'void', methodRef: null, pspRef: 'pay_1' } as const;
    bench.worker.take(0, journal.append(requested('o-1'), requested('o-1', aVoid)));
    bench.worker.take(0, journal.append(requested('o-2'), requested('o-2', { attempt: 2 })));
    bench.worker.caughtUp(0);
    await settled();
    expect(bench.calls.map(({ op }) => [op.opId, op.attempt])).toEqual([
      ['o-1:void:1', 1],
      ['o-2:authorize:1', 2],
    ]);
  });

  test.each([
    ['PaymentVoided', { pspRef: null }],
    ['PaymentLapsed', { reason: 'not-executed' }],
  ] as const)('%s ends every operation of the authorized money, and no refund', async (type, fields) => {
    const bench = createWorkerBench();
    bench.worker.begin(0);
    const place = { store: 'demo', orderId: 'o-1', opId: 'o-1:authorize:1', attempt: 1 };
    const over = { type, ...place, amountMinor: 1_250, currency: 'GBP', ...fields } as EventBody;
    const aRefund = { opId: 'o-1:refund:r-1', kind: 'refund', methodRef: null, pspRef: 'pay_1' } as const;
    bench.worker.take(0, createJournal().append(requested('o-1'), requested('o-1', aRefund), over));
    bench.worker.caughtUp(0);
    await settled();
    expect(opIdsOf(bench)).toEqual(['o-1:refund:r-1']);
  });

  test('a void of what nobody knows to exist looks for it first', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    const aVoid = requested('o-1', { opId: 'o-1:void:1', kind: 'void', methodRef: null, pspRef: null });
    bench.worker.take(0, journal.append(aVoid));
    expect(bench.lookUps.map(({ query }) => query)).toEqual([{ opId: 'o-1:authorize:1' }]);
    await bench.lookUps[0]?.answer('not-found');
    expect([isOf(bench), bench.calls]).toEqual([['unknown'], []]);
    bench.worker.take(0, journal.append(aVoid));
    await bench.lookUps[1]?.answer(reserved);
    expect(bench.call('o-1:void:1').op).toMatchObject({ kind: 'void', pspRef: 'pay_1' });
  });

  test('an answer that came by another way ends the resends', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    await bench.call('o-1:authorize:1').answer(rateLimited);
    bench.worker.take(0, journal.append(answered('o-1')));
    await bench.clock.advance(24 * 3_600_000);
    expect(bench.calls).toHaveLength(1);
    expect(bench.worker.openOperations()).toBe(0);
  });

  test('a determinate outcome is reported though the journal has one already: they may differ', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    bench.worker.take(0, journal.append(answered('o-1')));
    await bench.call('o-1:authorize:1').answer({ is: 'no', code: 'card_declined', next: 'other-method' });
    expect(isOf(bench)).toEqual(['no']);
  });

  test('a method it cannot open is not sent, not declined, told as not executed and tried again', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1', { methodRef: 'under another key' })));
    await bench.clock.advance(61_000);
    expect([bench.calls, bench.worker.openOperations()]).toEqual([[], 1]);
    expect(bench.outcomes).toMatchObject([{ is: 'not_executed', again: true, code: 'method-unreadable' }]);
  });

  test('a method whose key was erased is not sent and told at once as never to be tried again', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1', { methodRef: 'erased' })));
    await settled();
    expect([bench.calls, bench.worker.openOperations()]).toEqual([[], 0]);
    expect(bench.outcomes).toMatchObject([{ is: 'not_executed', again: false, code: 'method-erased' }]);
  });

  test('does not send an op older than 23 h: its key may be forgotten', async () => {
    for (const keyTtlMs of [24 * 3_600_000, Number.POSITIVE_INFINITY]) {
      const bench = createWorkerBench(undefined, { keyTtlMs });
      bench.worker.begin(0);
      bench.worker.take(0, createJournal().append(requested('o-1')));
      await bench.clock.advance(23 * 3_600_000);
      bench.worker.caughtUp(0);
      await settled();
      expect([bench.calls, bench.reports, bench.worker.openOperations()]).toEqual([[], [], 0]);
    }
  });
});
