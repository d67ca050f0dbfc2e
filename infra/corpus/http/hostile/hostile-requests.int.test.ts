import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngines, startEngines } from '../../../local/start-engines.ts';
import { writeTestCounts } from '../../../local/test-counts.ts';
import type { CorpusPlace } from '../corpus-place.ts';
import { openOwnPlace } from '../own-place.ts';
import { runHostile } from './run-hostile.ts';

const requests = 100_000;
/** Of one process with API, processors and this test in it; without a bound each request would leave something. */
const heldBytesLimit = 700_000_000;
/** What hostile requests must have come to, or they reach less than it says. */
const reached = [
  '200',
  '202',
  '204',
  'malformed-request',
  'malformed-json',
  'not-an-object',
  'duplicate-key',
  'forbidden-key',
  'too-deep',
  'invalid-encoding',
  'idempotency-key-required',
  'invalid-idempotency-key',
  'invalid-id',
  'invalid-query',
  'invalid-cursor',
  'credential-in-url',
  'unauthenticated',
  'not-found',
  'method-not-allowed',
  'not-acceptable',
  'payload-too-large',
  'uri-too-long',
  'unsupported-media-type',
  'unsupported-content-encoding',
  'expectation-failed',
  'headers-too-large',
  'validation-failed',
  'card-data-forbidden',
  'price-mismatch',
  'total-mismatch',
  'unknown-sku',
];

/** Its own: it leaves ten thousands of events in their journals, which every file behind it would have to fold. */
let engines: RunningEngines;
let place: CorpusPlace;
beforeAll(async () => {
  engines = await startEngines(console.error);
  place = await openOwnPlace(engines.addresses);
});
afterAll(async () => {
  await place?.close();
  await engines?.stop();
});

test('100,000 hostile requests: no crash, no 5xx, no false 2xx, every refusal a documented problem', async () => {
  const report = await runHostile(place, { requests, firstSeed: 1 });
  expect(report.violations).toEqual([]);
  expect(report.requests).toBe(requests);
  expect(reached.filter((what) => !(what in report.came))).toEqual([]);
  expect(Object.values(report.routes).filter((count) => count < requests / 200)).toEqual([]);
  expect(report.near).toBeGreaterThan(requests / 20);
  expect(report.heldBytesMax).toBeLessThan(heldBytesLimit);
  const { near, cutOff } = report;
  writeTestCounts('hostile requests', { requests, near, 'cut off': cutOff, violations: 0 });
}, 1_200_000);
