import { expect, test } from 'vitest';
import type { Principal } from '../auth/store-directory.ts';
import { OpenStreams, streamLimits } from './open-streams.ts';

/** A stream that says what became of it. */
function fakeStream() {
  let closed = (): void => undefined;
  const stream = {
    isEnded: false,
    end: () => {
      stream.isEnded = true;
      closed();
    },
    onClose: (listener: () => void) => void (closed = listener),
  };
  return stream;
}

const caller = (keyId: string, more: Partial<Principal> = {}): Principal => ({
  store: 'S',
  keyId,
  scopes: new Set(),
  ...more,
});

/** Opens a stream as the routes do. */
function openIn(open: OpenStreams, by: Principal) {
  const release = open.reserve(by);
  const stream = fakeStream();
  open.add(stream, by);
  release();
  return stream;
}

test('streams end with their caller, the others stay open', () => {
  const open = new OpenStreams();
  const [a, b, c] = ['k-1', 'k-2', 'k-1'].map((keyId) => openIn(open, caller(keyId)));
  open.endUnless(({ keyId }) => keyId !== 'k-1');
  expect([a, b, c].map((stream) => stream?.isEnded)).toEqual([true, false, true]);
  expect(open.size).toBe(1);
  open.endAll();
  expect([b?.isEnded, open.size]).toEqual([true, 0]);
});

test('none lasts longer than the longest time, however good its key is', () => {
  let nowMs = 0;
  const open = new OpenStreams({ ...streamLimits, longestMs: 100 }, () => nowMs);
  const early = openIn(open, caller('k'));
  nowMs = 60;
  const late = openIn(open, caller('k'));
  nowMs = 99;
  open.endUnless(() => true);
  expect([early.isEnded, late.isEnded]).toEqual([false, false]);
  nowMs = 100;
  open.endUnless(() => true);
  expect([early.isEnded, late.isEnded]).toEqual([true, false]);
});

test('one key, one visitor and one store leave room for the others', () => {
  const limits = { ...streamLimits, streamsMax: 8, ofStoreMax: 6, ofKeyMax: 3, ofVisitorMax: 2 };
  const open = new OpenStreams(limits);
  const visitor = (customerId: string): Principal => caller('k-1', { customerId });
  const two = openIn(open, caller('k-1'));
  openIn(open, caller('k-1'));
  const release = open.reserve(caller('k-1')); // being opened counts
  expect(() => open.reserve(caller('k-1'))).toThrow(/rate-limited: At most 3 event streams of one key/);
  openIn(open, visitor('v-1'));
  openIn(open, visitor('v-1'));
  expect(() => open.reserve(visitor('v-1'))).toThrow(/rate-limited: At most 2 .* one visitor/);
  openIn(open, visitor('v-2'));
  expect(() => open.reserve(visitor('v-3'))).toThrow(/rate-limited: At most 3 .* shop's visitors/);
  expect(() => open.reserve(caller('k-2'))).toThrow(/rate-limited: At most 6 .* store/);
  openIn(open, caller('k-3', { store: 'T' }));
  openIn(open, caller('k-3', { store: 'T' }));
  expect(() => open.reserve(caller('k-4', { store: 'U' }))).toThrow(/overloaded/);
  release();
  two.end();
  openIn(open, caller('k-1'));
  expect(open.size).toBe(7);
});
