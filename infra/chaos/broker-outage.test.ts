import { expect, test } from 'vitest';
import type { Answered } from '../../producers/checkout/checkout.ts';
import { wordOf, wrongAnswers, wrongMemory } from './broker-outage.ts';
import { memoryAround } from './watch-memory.ts';

const answered = (path: string, of: Partial<Answered>): Answered => ({
  request: { method: 'POST', path, key: 'k', body: {} },
  sentMs: 0,
  answeredMs: 1,
  status: 503,
  code: 'unavailable',
  replayed: false,
  ...of,
});
const order = '/v1/orders';
const cancel = '/v1/orders/o-1/cancel';

test.each([
  ['an order refused for now', order, {}],
  ['no answer', order, { status: null, code: null }],
  ['an order of before, told again', order, { status: 202, code: null, replayed: true }],
  ['a key that still runs', order, { status: 409, code: 'request-in-progress' }],
  ['an action that the view speaks against', cancel, { status: 409, code: 'order-closed' }],
] as const)('while nothing can be appended, %s is right', (_, path, of) => {
  expect(wrongAnswers([answered(path, of)])).toEqual([]);
});

test.each([
  ['an order accepted', order, { status: 202, code: null }],
  ['an action accepted', cancel, { status: 202, code: null }],
  ['an order refused for good', order, { status: 422, code: 'unknown-sku' }],
  ['a bug', order, { status: 500, code: 'internal-error' }],
] as const)('while nothing can be appended, %s is wrong', (_, path, of) => {
  expect(wrongAnswers([answered(path, {}), answered(path, of)])).toEqual([
    `POST ${path} (key k) was answered ${wordOf(answered(path, of))} while the broker was away`,
  ]);
});

const away = { fromMs: 1_000, untilMs: 2_000 };
const samplesOf = (...mb: readonly (readonly [number, number])[]) =>
  mb.map(([atMs, size]) => ({ atMs, bytes: size * 1_000_000 }));

test('memory is the most before and the most during an outage; what comes after counts for nothing', () => {
  const samples = samplesOf([800, 120], [900, 110], [1_000, 100], [1_500, 170], [1_900, 90], [2_000, 400]);
  expect(memoryAround(samples, away)).toEqual({ beforeMb: 120, mostMb: 170, lived: true });
});

test('50 MB more are allowed, not 51; a process that ended meanwhile is wrong', () => {
  const memory = {
    'api-1': memoryAround(samplesOf([900, 100], [1_500, 150]), away),
    'api-2': memoryAround(samplesOf([900, 100], [1_500, 151]), away),
    'api-3': memoryAround(samplesOf([900, 100], [1_200, 100], [1_500, 0]), away),
  };
  expect(wrongMemory(memory)).toEqual([
    'api-2 grew from 100 to 151 MB while the broker was away; 50 MB more are allowed',
    'api-3 ended while the broker was away',
  ]);
});
