import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogProbe } from './log-probe.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const offsets = new Map([[0, { first: 0n, end: 1n }]]);

test('the API is ready while the log answers looks, red 10 s after its last answer, ready again with the next', async () => {
  let isAway = false;
  const log = { offsetsOf: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(offsets)) };
  const probe = createLogProbe(log, 'orders.commands.v1', () => null);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(probe.isAlive()).toBe(true);
  isAway = true;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(probe.isAlive()).toBe(true);
  await vi.advanceTimersByTimeAsync(4_001);
  expect(probe.isAlive()).toBe(false);
  isAway = false;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(probe.isAlive()).toBe(true);
  probe.stop();
});

test('an acknowledged append is an answer: nobody looks beside a traffic, and without looks it keeps the light green', async () => {
  let looks = 0;
  let ackAtMs = performance.now();
  const log = {
    offsetsOf: () => {
      looks += 1;
      return Promise.reject(new Error('away'));
    },
  };
  const probe = createLogProbe(log, 'orders.commands.v1', () => ackAtMs);
  for (let second = 0; second < 30; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    ackAtMs = performance.now();
  }
  expect([probe.isAlive(), looks]).toEqual([true, 0]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([probe.isAlive(), looks > 0]).toEqual([false, true]);
  probe.stop();
});
