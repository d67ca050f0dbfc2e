import { describe, expect, test } from 'vitest';
import { openMax } from './worker.ts';
import {
  createJournal,
  createWorkerBench,
  ok,
  requested,
  settled,
  following,
  isOf,
  opIdsOf,
  rateLimited,
  timeout,
} from './testing/worker-bench.ts';

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
