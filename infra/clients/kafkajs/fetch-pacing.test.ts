import { expect, test } from 'vitest';
import { createFetchPacer } from './fetch-pacing.ts';

const configured = { minBytes: 65_536, maxWaitMs: 20 };
const idle = { minBytes: 1, maxWaitMs: 1_000 };

function clocked() {
  let nowMs = 0;
  const pacer = createFetchPacer(configured, 1_000, () => nowMs);
  return { pacer, pass: (ms: number) => void (nowMs += ms) };
}

test('gathers as configured while records flow and polls long once they have stopped', async () => {
  const { pacer, pass } = clocked();
  pacer.changed(4);
  pass(6_000);
  pacer.sawRecords();
  expect(await pacer.beforeFetch()).toEqual(configured);
  pass(199);
  expect(await pacer.beforeFetch()).toEqual(configured);
  pass(1);
  expect(await pacer.beforeFetch()).toEqual(idle);
  pacer.sawRecords();
  expect(await pacer.beforeFetch()).toEqual(configured);
});

test('starts no long poll within five seconds of a pause or resume', async () => {
  const { pacer, pass } = clocked();
  pacer.changed(4);
  pass(4_999);
  expect(await pacer.beforeFetch()).toEqual(configured);
  pass(1);
  expect(await pacer.beforeFetch()).toEqual(idle);
});

test('waits while there is nothing to fetch, and a resume wakes it at once', async () => {
  const { pacer } = clocked();
  const fetches = [pacer.beforeFetch(), pacer.beforeFetch()];
  pacer.changed(1);
  expect(await Promise.all(fetches)).toEqual([configured, configured]);
});

test('lets go of its waiters when the consumer stops', async () => {
  const { pacer } = clocked();
  const waiting = pacer.beforeFetch();
  pacer.release();
  expect(await waiting).toBe('nothing-to-fetch');
  expect(await pacer.beforeFetch()).toBe('nothing-to-fetch');
});
