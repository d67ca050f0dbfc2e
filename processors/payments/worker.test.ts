import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../infra/psp/psp.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { openMax } from './worker.ts';
import {
  answered,
  asked,
  createJournal,
  createWorkerBench,
  ok,
  requested,
  settled,
  type WorkerBench,
} from './testing/worker-bench.ts';

const timeout: Outcome = { is: 'unknown', cause: 'timeout' };
const rateLimited: Outcome = { is: 'not-executed', code: 'rate_limited', again: true };
/** A reservation of the whole. */
const seen = {
  pspRef: 'pay_1',
  authorized: { minor: 1_250, currency: 'GBP' },
  captured: { minor: 0, currency: 'GBP' },
  disputes: [],
  refunds: [],
};
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
const refused: Outcome = { is: 'not-executed', code: 'ECONNREFUSED', again: true };

/** A worker that follows partition 0. */
function following(bench: WorkerBench): ReturnType<typeof createJournal> {
  bench.worker.begin(0);
  bench.worker.caughtUp(0);
  return createJournal();
}
const opIdsOf = (bench: WorkerBench): readonly string[] => bench.calls.map(({ op }) => op.opId);
const isOf = (bench: WorkerBench): readonly string[] => bench.outcomes.map(({ is }) => is);

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
    await bench.lookUps[1]?.answer(seen);
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

describe('a look-up', () => {
  test('is asked and its facts are told under its number', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(asked('o-1', { n: 3 })));
    expect(bench.lookUps[0]?.query).toEqual({ opId: 'o-1:authorize:1', pspRef: 'pay_1' });
    await bench.lookUps[0]?.answer({
      ...seen,
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

describe('the breaker', () => {
  /** Five operations in a row that find nobody. */
  async function broken(): Promise<{ bench: WorkerBench; journal: ReturnType<typeof createJournal> }> {
    const bench = createWorkerBench();
    const journal = following(bench);
    for (const i of [1, 2, 3, 4, 5]) {
      bench.worker.take(0, journal.append(requested(`o-${i}`)));
      await bench.call(`o-${i}:authorize:1`).answer(timeout);
    }
    return { bench, journal };
  }

  test('sends nothing while it is open: the ops wait, none fails', async () => {
    const { bench, journal } = await broken();
    bench.worker.take(0, journal.append(requested('o-6')));
    await settled();
    await bench.clock.advance(1_999);
    expect(bench.calls).toHaveLength(5);
    await bench.clock.advance(1);
    expect(opIdsOf(bench).slice(5)).toEqual(['o-6:authorize:1']);
    await bench.call('o-6:authorize:1').answer(ok);
    expect(isOf(bench).filter((is) => is !== 'unknown')).toEqual(['ok']);
  });

  test('lets one ask whether the provider is back, and waits longer if it is not', async () => {
    const { bench, journal } = await broken();
    bench.worker.take(0, journal.append(requested('o-6'), requested('o-7')));
    await settled();
    await bench.clock.advance(2_000);
    expect(bench.calls).toHaveLength(6);
    await bench.calls[5]?.answer(refused);
    await bench.clock.advance(3_999);
    expect(bench.calls).toHaveLength(6);
    await bench.clock.advance(1);
    expect(bench.calls).toHaveLength(7);
    await bench.calls[6]?.answer(ok);
    await bench.clock.advance(10_000);
    expect(bench.calls).toHaveLength(8);
  });

  test('is for one store: the money of another goes on', async () => {
    const { bench, journal } = await broken();
    bench.worker.take(0, journal.append(requested('o-8', { store: 'other' })));
    expect(opIdsOf(bench).at(-1)).toBe('o-8:authorize:1');
  });

  test.each<Outcome>([
    { is: 'no', code: 'card_declined', next: 'other-method' },
    { is: 'unknown', cause: 'conflict' },
    { is: 'not-executed', code: 'parameter', again: false },
  ])('$is is an answer and no reason to open it', async (outcome) => {
    const bench = createWorkerBench();
    const journal = following(bench);
    for (let i = 0; i < 8; i += 1) {
      bench.worker.take(0, journal.append(requested(`o-${i}`)));
      await bench.call(`o-${i}:authorize:1`).answer(outcome);
    }
    expect(bench.calls).toHaveLength(8);
  });
});

describe('the committed offset', () => {
  test('stays at the oldest operation that is not reported, whatever came later', async () => {
    const bench = createWorkerBench();
    const journal = following(bench); // Barrier at 0
    bench.worker.take(0, journal.append({ type: 'TimePassed', atMs: 1 })); // 1
    expect(bench.commits.get(0)).toBe(2n);
    bench.worker.take(0, journal.append(requested('o-1'), requested('o-2'), requested('o-3'))); // 2, 3, 4
    expect(bench.commits.get(0)).toBe(2n);
    await bench.call('o-2:authorize:1').answer(ok);
    expect(bench.commits.get(0)).toBe(2n);
    bench.holdReports();
    await bench.call('o-1:authorize:1').answer(ok);
    expect(bench.commits.get(0)).toBe(2n);
    await bench.acknowledge();
    expect(bench.commits.get(0)).toBe(4n);
    await bench.call('o-3:authorize:1').answer(rateLimited);
    bench.worker.take(0, journal.append({ type: 'TimePassed', atMs: 2 })); // 5
    expect(bench.commits.get(0)).toBe(4n);
    await bench.clock.advance(2_000);
    await bench.call('o-3:authorize:1').answer(ok);
    expect(bench.commits.get(0)).toBe(6n);
  });

  test('never falls, and a partition that is not ours any more is not committed', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    bench.worker.end(0);
    await bench.call('o-1:authorize:1').answer(ok);
    expect(isOf(bench)).toEqual(['ok']);
    expect(bench.commits.get(0)).toBe(1n);
  });
});

describe('taking turns', () => {
  test('keeps to both limits and takes the partitions in turn', async () => {
    const bench = createWorkerBench({ partitionMax: 2, totalMax: 3 });
    for (const partition of [0, 1]) {
      bench.worker.begin(partition);
      const names = ['a', 'b', 'c', 'd'].map((name) => requested(`o-${partition}${name}`));
      bench.worker.take(partition, createJournal().append(...names));
    }
    bench.worker.caughtUp(0);
    bench.worker.caughtUp(1);
    const orders = (): readonly string[] => bench.calls.map(({ op }) => op.orderId);
    expect(orders()).toEqual(['o-0a', 'o-0b', 'o-1a']);
    await bench.calls[0]?.answer(ok);
    await bench.calls[1]?.answer(timeout);
    expect(orders()).toEqual(['o-0a', 'o-0b', 'o-1a', 'o-0c', 'o-1b']);
  });

  test('takes no more while too many operations are open, but reads on until it has caught up', async () => {
    const bench = createWorkerBench();
    const names = Array.from({ length: openMax }, (_, i) => requested(`o-${i}`));
    bench.worker.begin(0);
    bench.worker.take(0, createJournal().append(...names));
    let rooms = 0;
    const wait = (): void => void bench.worker.room(0).then(() => (rooms += 1));
    wait();
    await settled();
    expect(rooms).toBe(1);
    bench.worker.caughtUp(0);
    wait();
    await settled();
    expect(rooms).toBe(1);
    await bench.call('o-0:authorize:1').answer(ok);
    expect(rooms).toBe(2);
    bench.worker.take(0, createJournal().append(requested('o-more')));
    wait();
    bench.worker.end(0);
    await settled();
    expect(rooms).toBe(3);
  });

  test('assigned again, it starts afresh, and never runs one attempt twice at a time', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    const records = journal.append(requested('o-1'), requested('o-2'));
    bench.worker.take(0, records);
    await bench.call('o-2:authorize:1').answer(timeout);
    bench.worker.begin(0);
    bench.worker.take(0, records);
    bench.worker.caughtUp(0);
    expect(opIdsOf(bench)).toEqual(['o-1:authorize:1', 'o-2:authorize:1', 'o-2:authorize:1']);
    await bench.call('o-1:authorize:1').answer(timeout);
    expect(opIdsOf(bench).at(-1)).toBe('o-1:authorize:1');
    expect(bench.calls).toHaveLength(4);
    await bench.clock.advance(60_000); // the timers of the first assignment are gone
    expect(bench.calls).toHaveLength(4);
  });

  test('a partition that was lost starts nothing more', async () => {
    const bench = createWorkerBench({ partitionMax: 1, totalMax: 1 });
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1'), requested('o-2')));
    bench.worker.end(0);
    await bench.call('o-1:authorize:1').answer(timeout);
    await bench.clock.advance(60_000);
    expect(opIdsOf(bench)).toEqual(['o-1:authorize:1']);
  });

  test('stops without waiting for the provider, and reports what it did not hear to nobody', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1'), requested('o-2')));
    await bench.call('o-2:authorize:1').answer(timeout);
    expect(isOf(bench)).toEqual(['unknown']);
    await bench.worker.stop();
    await bench.clock.advance(60_000);
    expect(isOf(bench)).toEqual(['unknown']);
    expect(bench.calls).toHaveLength(2);
  });
});
