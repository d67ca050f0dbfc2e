import { expect, test } from 'vitest';
import type { Answered } from '../../producers/checkout/checkout.ts';
import { longestGap, wrongAlone } from './kafka-alone.ts';

const answered = (of: Partial<Answered>): Answered => ({
  request: { method: 'POST', path: '/v1/orders', key: 'k', body: {} },
  sentMs: 0,
  answeredMs: 1,
  status: 202,
  code: null,
  replayed: false,
  ...of,
});

test.each([
  ['an order accepted', {}],
  ['one accepted before, told again', { replayed: true }],
  ['a key that still runs', { status: 409, code: 'request-in-progress' }],
  ['one that a busy machine sheds', { status: 503, code: 'overloaded' }],
])('while Kafka is alone, %s is right', (_, of) => {
  expect(wrongAlone([answered(of)], 0)).toEqual([]);
});

test.each([
  ['503 unavailable', { status: 503, code: 'unavailable' }],
  ['422 unknown-sku', { status: 422, code: 'unknown-sku' }],
  ['500 internal-error', { status: 500, code: 'internal-error' }],
])('while Kafka is alone, %s is wrong', (word, of) => {
  expect(wrongAlone([answered({}), answered(of)], 0)).toEqual([
    `key k was answered ${word} while Kafka was alone`,
  ]);
});

test('one try in a hundred may find its connection closed, not two', () => {
  const tries = (unanswered: number) =>
    Array.from({ length: 100 }, (_, i) => answered({ status: i < unanswered ? null : 202 }));
  expect(wrongAlone(tries(1), 0)).toEqual([]);
  expect(wrongAlone(tries(2), 0)).toEqual(['2 of 100 tries had no answer while Kafka was alone']);
});

test('a door that sheds everybody for longer than 10 s was shut', () => {
  const at = (answeredMs: number, status = 202): Answered => answered({ answeredMs, status });
  const away = { fromMs: 1_000, untilMs: 20_000 };
  const open = [at(9_000), at(3_000), at(12_000, 503), at(18_000)];
  expect(longestGap(open, away)).toBe(9_000);
  expect(
    wrongAlone(
      open.filter(({ status }) => status === 202),
      longestGap(open, away),
    ),
  ).toEqual([]);
  const shut = longestGap([at(3_000), at(12_000, 503)], away);
  expect(shut).toBe(17_000);
  expect(wrongAlone([at(3_000)], shut)).toEqual(['no order was accepted for 17000 ms while Kafka was alone']);
});
