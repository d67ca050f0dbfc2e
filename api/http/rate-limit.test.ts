import { expect, test } from 'vitest';
import { Admission } from './admission.ts';
import { RateLimit } from './rate-limit.ts';

test('grants a burst of its rate, then refuses until tokens have grown again', () => {
  const limit = new RateLimit(10);
  for (let i = 0; i < 10; i += 1) limit.take('k', 0);
  expect(() => limit.take('k', 50)).toThrow(/rate-limited/);
  expect(limit.take('k', 150)).toMatchObject({ RateLimit: '"key";r=0;t=1' });
});

test('keys do not share a bucket', () => {
  const limit = new RateLimit(1);
  limit.take('a', 0);
  expect(() => limit.take('a', 0)).toThrow(/rate-limited/);
  expect(limit.take('b', 0)).toHaveProperty('RateLimit-Policy');
});

test('0 is off', () => {
  const limit = new RateLimit(0);
  for (let i = 0; i < 1_000; i += 1) expect(limit.take('a', 0)).toEqual({});
});

test('no more requests are inside than the limit, and none while draining', () => {
  const admission = new Admission(1);
  const leave = admission.enter();
  expect(() => admission.enter()).toThrow(/overloaded/);
  leave();
  admission.enter();
  admission.drain();
  expect(() => admission.enter()).toThrow(/unavailable/);
  admission.close();
});
