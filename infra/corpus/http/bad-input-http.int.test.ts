import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CorpusPlace } from './corpus-place.ts';
import { openOwnPlace } from './own-place.ts';
import { ownCases, readCases, runCorpus } from './run-corpus.ts';
import { testEngines } from '../../local/testing/test-engines.ts';

const cases = readCases(ownCases) as readonly { readonly id: string; readonly expect: object }[];
let place: CorpusPlace;

beforeAll(async () => {
  place = await openOwnPlace(testEngines());
});
afterAll(() => place?.close());

test('every bad request comes to what the corpus says', async () => {
  const report = await runCorpus(cases, place);
  expect(report.failed).toEqual([]);
  expect(report.notRun).toEqual([]);
  expect(report.cases).toBe(232);
  process.stdout.write(`http corpus: ${report.cases} cases as expected\n`);
}, 600_000);

/** Cases of the corpus, each with one expectation that is not true. */
const spoiled = (
  [
    ['json-syntax-14', { status: 422 }],
    ['json-syntax-14', { problemType: 'not-an-object' }],
    ['shape-23', { headers: { 'retry-after': '*' } }],
    ['framing-02', { closes: false }],
    ['framing-18', { maxResponses: 5 }],
    ['framing-12', { firstAnswerNot: 400 }],
    ['idempotency-08', { replayed: false }],
    ['idempotency-08', { orders: 'none' }],
    ['idempotency-14', { orders: 'one' }],
    ['limits-06', { aggregate: '60 answers are 202, the others 503' }],
    ['provider-reply-04', { status: 'ok' }],
    ['provider-reply-04', { problemType: 'unmapped' }],
  ] as const
).map(([id, change], i) => {
  const of = cases.find((one) => one.id === id);
  return { ...of, id: `${i} ${id}`, expect: { ...of?.expect, ...change } };
});

/** Cases in words the runner does not know. */
const unknown = [
  { needs: ['a full moon'] },
  { request: { method: 'GET', path: '/v1/orders/{{order.of-somebody}}', headers: {} } },
  { request: { method: 'GET', path: '/v1/orders/{{order.own:sideways}}', headers: {} } },
  { request: { method: 'GET', path: '/v1/orders', headers: {}, bodyGen: { kind: 'novel' } } },
  { request: { transport: 'raw', raw: { send: [{ whisper: 'GET' }] } } },
  { request: { transport: 'carrier-pigeon' } },
  { expect: { status: 200, mood: 'good' } },
  { expect: { status: 200, aggregate: 'most answers are nice' }, repeat: { count: 1, concurrency: 1 } },
].map((change, i) => ({
  id: `unknown-${i}`,
  class: 'x',
  title: 'x',
  request: { method: 'GET', path: '/livez', headers: {} },
  expect: { status: 200 },
  ...change,
}));

test('a wrong expectation is reported, and a case in unknown words fails: none is passed in silence', async () => {
  const report = await runCorpus([...spoiled, ...unknown], place);
  const ids = report.failed.map(({ id }) => id);
  expect(ids).toEqual([...spoiled, ...unknown].map(({ id }) => id));
  const unread = report.failed.filter(({ got }) => got.status === 'not-run').map(({ id }) => id);
  expect(unread).toEqual(unknown.map(({ id }) => id));
});
