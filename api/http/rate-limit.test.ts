import { expect, test } from 'vitest';
import { Admission, type Lane } from './admission.ts';
import { limitHeaders } from './limit-headers.ts';
import { RateLimit } from './rate-limit.ts';

const of = (keyId: string, store = 'S1') => ({ keyId, store });

test('grants a burst of its rate, then refuses until tokens have grown again', () => {
  const limit = new RateLimit(10);
  for (let i = 0; i < 10; i += 1) expect(limit.take(of('k'), 0).refusedBy).toBeNull();
  expect(limit.take(of('k'), 50).refusedBy).toBe('key');
  expect(limit.take(of('k'), 150)).toMatchObject({ refusedBy: null, states: [{ remaining: 0 }] });
});

test('keys do not share a bucket, those of a store share its bucket', () => {
  const limit = new RateLimit(2, 3);
  expect([1, 2, 3].map(() => limit.take(of('a'), 0).refusedBy)).toEqual([null, null, 'key']);
  expect([1, 2].map(() => limit.take(of('b'), 0).refusedBy)).toEqual([null, 'store']);
  expect(limit.take(of('c', 'S2'), 0).refusedBy).toBeNull();
});

test('a request that one bucket refuses takes nothing of the other', () => {
  const limit = new RateLimit(1, 2);
  limit.take(of('a'), 0);
  for (let i = 0; i < 5; i += 1) expect(limit.take(of('a'), 0).refusedBy).toBe('key');
  expect(limit.take(of('b'), 0).refusedBy).toBeNull();
});

test('the headers list every policy and what is left of each', () => {
  expect(limitHeaders(new RateLimit(10, 50).take(of('k'), 0).states)).toEqual({
    'RateLimit-Policy': '"key";q=10;w=1, "store";q=50;w=1',
    RateLimit: '"key";r=9;t=1, "store";r=49;t=1',
  });
});

test('0 is off', () => {
  const limit = new RateLimit(0);
  for (let i = 0; i < 1_000; i += 1) expect(limit.take(of('a'), 0)).toEqual({ refusedBy: null, states: [] });
  expect(limitHeaders([])).toEqual({});
});

test('a lane has its share of the room, at least one place; what waits for Kafka alone may have all of it', () => {
  const admission = new Admission(20);
  const fill = (lane: Lane): number => {
    for (let inside = 0; ; inside += 1) {
      try {
        admission.enter(lane);
      } catch {
        return inside;
      }
    }
  };
  const lanes = ['actions', 'reads', 'reports', 'webhooks', 'commands'] as const;
  expect(lanes.map(fill)).toEqual([5, 8, 1, 2, 4]);
  admission.close();
  const small = new Admission(1);
  small.enter('reports')();
  small.enter('reads');
  small.close();
});

test('who leaves makes room in its lane', () => {
  const admission = new Admission(10);
  const leave = admission.enter('webhooks');
  expect(() => admission.enter('webhooks')).toThrow(/overloaded/);
  leave();
  admission.enter('webhooks');
  admission.close();
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
