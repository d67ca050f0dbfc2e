import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../infra/psp/psp.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { openMax } from './worker.ts';
import {
  answered,
  createJournal,
  createWorkerBench,
  ok,
  requested,
  settled,
  type WorkerBench,
} from './testing/worker-bench.ts';

const timeout: Outcome = { is: 'unknown', cause: 'timeout' };
const refused: Outcome = { is: 'not-executed', code: 'ECONNREFUSED', again: true };

/** A worker that follows partition 0. */
function following(bench: WorkerBench): ReturnType<typeof createJournal> {
  bench.worker.begin(0);
  bench.worker.caughtUp(0);
  return createJournal();
}
const opIdsOf = (bench: WorkerBench): readonly string[] => bench.calls.map(({ op }) => op.opId);
const isOf = (bench: WorkerBench): readonly string[] => bench.reports.map(({ body }) => body.is);

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

  test('after an unknown it tells the order once and sends the same op after 2, 10, 30 s until it knows', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    for (const delayMs of [2_000, 10_000, 30_000, 120_000]) {
      const before = bench.calls.length;
      await bench.call('o-1:authorize:1').answer(timeout);
      await bench.clock.advance(delayMs - 1);
      expect(bench.calls).toHaveLength(before);
      await bench.clock.advance(1);
      expect(bench.calls).toHaveLength(before + 1);
    }
    await bench.call('o-1:authorize:1').answer(ok);
    expect(bench.reports.map(({ body }) => [body.is, body.try])).toEqual([
      ['unknown', 1],
      ['ok', 5],
    ]);
    expect(new Set(bench.calls.map(({ op }) => JSON.stringify(op))).size).toBe(1);
  });

  test('an unknown that stands in the journal already is not told again', async () => {
    const bench = createWorkerBench();
    bench.worker.begin(0);
    const unknown: EventBody = {
      type: 'PaymentUnknown',
      store: 'demo',
      orderId: 'o-1',
      opId: 'o-1:authorize:1',
      attempt: 1,
      kind: 'authorize',
      amountMinor: 1_250,
      currency: 'GBP',
      cause: 'timeout',
      nextCheckAtMs: null,
      decideByMs: null,
    };
    bench.worker.take(0, createJournal().append(requested('o-1'), unknown));
    bench.worker.caughtUp(0);
    await bench.call('o-1:authorize:1').answer(timeout);
    expect(bench.reports).toEqual([]);
    await bench.clock.advance(2_000);
    await bench.call('o-1:authorize:1').answer(ok);
    expect(isOf(bench)).toEqual(['ok']);
  });

  test('what provably did not happen is sent again soon and told to nobody', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    for (let i = 0; i < 30; i += 1) {
      await bench.call('o-1:authorize:1').answer(refused);
      await bench.clock.advance(10_000);
      expect(bench.calls).toHaveLength(i + 2);
    }
    expect(bench.reports).toEqual([]);
    await bench
      .call('o-1:authorize:1')
      .answer({ is: 'not-executed', code: 'rate_limited', again: true, afterMs: 60_000 });
    await bench.clock.advance(59_999);
    expect(bench.calls).toHaveLength(31);
    await bench.clock.advance(1);
    await bench.call('o-1:authorize:1').answer(ok);
    expect(isOf(bench)).toEqual(['ok']);
  });

  test('an answer that came by another way ends the resends', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    await bench.call('o-1:authorize:1').answer(timeout);
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

  test('a method it cannot open is not sent, not declined, and tried again', async () => {
    const bench = createWorkerBench();
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1', { methodRef: 'under another key' })));
    await bench.clock.advance(10 * 60_000);
    expect([bench.calls, bench.reports, bench.worker.openOperations()]).toEqual([[], [], 1]);
  });

  test('does not send an op whose key the provider may have forgotten', async () => {
    const bench = createWorkerBench(undefined, { keyTtlMs: 24 * 3_600_000 });
    const journal = following(bench);
    bench.worker.take(0, journal.append(requested('o-1')));
    await bench.clock.advance(23 * 3_600_000);
    await bench.call('o-1:authorize:1').answer(timeout);
    await bench.clock.advance(3_600_000);
    expect(bench.calls).toHaveLength(1);
    expect(bench.worker.openOperations()).toBe(1);
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
    await bench.call('o-3:authorize:1').answer(timeout);
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
