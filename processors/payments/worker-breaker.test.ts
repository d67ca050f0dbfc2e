import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../infra/psp/psp.ts';
import {
  type createJournal,
  createWorkerBench,
  ok,
  requested,
  settled,
  type WorkerBench,
  following,
  isOf,
  opIdsOf,
  timeout,
} from './testing/worker-bench.ts';

const refused: Outcome = { is: 'not-executed', code: 'ECONNREFUSED', again: true };

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
