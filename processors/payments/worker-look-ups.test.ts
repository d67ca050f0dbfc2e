import { describe, expect, test } from 'vitest';
import { asked, createJournal, createWorkerBench, following, reserved } from './testing/worker-bench.ts';

describe('a look-up', () => {
  test('is asked and its facts are told under its number', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(asked('o-1', { n: 3 })));
    expect(bench.lookUps[0]?.query).toEqual({ opId: 'o-1:authorize:1', pspRef: 'pay_1' });
    await bench.lookUps[0]?.answer({
      ...reserved,
      captured: { minor: 1_250, currency: 'GBP' },
      refunds: [{ opId: 'o-1:refund:r', amount: { minor: 5, currency: 'GBP' }, status: 'pending' }],
    });
    expect(bench.facts).toEqual([
      {
        type: 'ReportFacts',
        orderId: 'o-1',
        opId: 'o-1:authorize:1',
        pspRef: 'pay_1',
        n: 3,
        found: 'found',
        authorizedMinor: 1_250,
        capturedMinor: 1_250,
        currency: 'GBP',
        ended: null,
        captureBeforeMs: null,
        disputes: [],
        refunds: [{ opId: 'o-1:refund:r', amountMinor: 5, status: 'pending' }],
      },
    ]);
    expect(bench.worker.openOperations()).toBe(0);
  });

  test('that finds nothing is told too; an unavailable one is no answer and is asked again, later and later', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(asked('o-1', { pspRef: null })));
    for (const delayMs of [2_000, 10_000, 30_000]) {
      const before = bench.lookUps.length;
      await bench.lookUps.at(-1)?.answer('unavailable');
      await bench.clock.advance(delayMs - 1);
      expect(bench.lookUps).toHaveLength(before);
      await bench.clock.advance(1);
      expect(bench.lookUps).toHaveLength(before + 1);
    }
    expect(bench.reports).toEqual([]);
    await bench.lookUps.at(-1)?.answer('not-found');
    expect(bench.facts).toMatchObject([{ found: 'not-found', n: 1, pspRef: null, authorizedMinor: null }]);
  });

  test('gives way to a newer one of its order', async () => {
    const bench = createWorkerBench();
    bench.worker.begin(0);
    bench.worker.take(0, createJournal().append(asked('o-1'), asked('o-2'), asked('o-1', { n: 2 })));
    bench.worker.caughtUp(0);
    for (const call of bench.lookUps) await call.answer('not-found');
    expect(bench.facts.map(({ orderId, n }) => [orderId, n])).toEqual([
      ['o-2', 1],
      ['o-1', 2],
    ]);
  });

  test('that was not answered before the worker died is asked by the next one, from the committed offset on', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    const records = journal.append(asked('o-1'));
    bench.worker.take(0, records);
    bench.worker.take(0, journal.append({ type: 'TimePassed', atMs: 1 }));
    expect(bench.commits.get(0)).toBe(1n);
    const next = createWorkerBench();
    next.worker.begin(0);
    next.worker.take(0, records);
    next.worker.caughtUp(0);
    await next.lookUps[0]?.answer('not-found');
    expect(next.facts).toHaveLength(1);
  });
});
