import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Claimed } from './claims.ts';
import { Renewals } from './renewals.ts';

const renewEveryMs = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const claimed = (commandId: string): Claimed => ({ store: 'S1', commandId, fingerprint: 'k1.a', token: 't' });

function renewals() {
  const renewed: string[] = [];
  return { renewed, of: new Renewals(({ commandId }) => void renewed.push(commandId)) };
}

test('a claim is renewed once in each interval while it is held, whenever that began, and not before the first is over by half', () => {
  const { of, renewed } = renewals();
  of.hold(claimed('a'));
  vi.advanceTimersByTime(renewEveryMs * 0.7);
  of.hold(claimed('b'));
  vi.advanceTimersByTime(renewEveryMs * 0.4);
  expect(renewed).toEqual(['a']);
  vi.advanceTimersByTime(renewEveryMs * 0.9);
  expect(renewed).toEqual(['a', 'b', 'a']);
});

test('one that has its answer is not renewed any more, and without any the timer ends', () => {
  const { of, renewed } = renewals();
  const letGo = of.hold(claimed('a'));
  vi.advanceTimersByTime(renewEveryMs / 3);
  letGo();
  vi.advanceTimersByTime(renewEveryMs * 3);
  expect(renewed).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  of.hold(claimed('b'));
  vi.advanceTimersByTime(renewEveryMs);
  expect(renewed).toEqual(['b']);
});
