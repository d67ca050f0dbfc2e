import { expect, test } from 'vitest';
import { journalStart } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { createJournalAcceptor, LineageBroken } from './journal-acceptor.ts';

const cause = { offset: 0, source: null, seq: null, index: null };
const event = (writer: string, seq: number, body: Body = { type: 'TimePassed' }): EventEnvelope<Body> => ({
  seq,
  writer,
  cause,
  atMs: 0,
  routedThrough: 0,
  version: 1,
  body,
});
const barrier = (writer: string, follows: string | null, seq = 0): EventEnvelope<Body> => {
  const body: Body & { writer: string; follows: string | null } = { type: 'Barrier', writer, follows };
  return event(writer, seq, body);
};

test('reads a journal from its start, Barriers included, without what is void', () => {
  const acceptor = createJournalAcceptor(journalStart);
  expect(acceptor).toMatchObject({ readFrom: 0n, isVerified: true });
  const taken = [barrier('a', null), event('a', 1), event('z', 2), event('a', 1), event('a', 2)].map(
    (each, i) => acceptor.take(BigInt(i), null, each),
  );
  expect(taken.map((accepted) => accepted?.position.seq ?? null)).toEqual([0, 1, null, null, 2]);
  expect(acceptor.position).toEqual({ offset: 4n, seq: 2, writer: 'a' });
});

test('goes on behind the record its position names, once that was compared', () => {
  const acceptor = createJournalAcceptor({ offset: 7n, seq: 3, writer: 'b' });
  expect(acceptor).toMatchObject({ readFrom: 7n, isVerified: false });
  expect(acceptor.take(7n, null, event('b', 3))).toBeNull();
  expect(acceptor.isVerified).toBe(true);
  expect(acceptor.take(8n, 'k', event('b', 4))).toMatchObject({ key: 'k', position: { offset: 8n, seq: 4 } });
});

test('knows a Barrier as the record its position names', () => {
  const acceptor = createJournalAcceptor({ offset: 7n, seq: 3, writer: 'c' });
  expect(acceptor.take(7n, null, barrier('c', 'b', 3))).toBeNull();
  expect(acceptor.take(8n, null, event('c', 4))).not.toBeNull();
});

test('believes a stored seq behind a Barrier that was written before an older owner came to its end', () => {
  const acceptor = createJournalAcceptor({ offset: 7n, seq: 5, writer: 'c' });
  expect(acceptor.take(7n, null, barrier('c', 'b', 3))).toBeNull();
  expect(acceptor.take(8n, null, event('c', 6))).not.toBeNull();
});

test('learns behind such a Barrier, known by its offset alone, the seq from its writer', () => {
  const acceptor = createJournalAcceptor({ offset: 7n, isValid: true });
  expect(acceptor.take(7n, null, barrier('c', 'b', 3))).toBeNull();
  expect(acceptor.take(8n, null, event('b', 4))).toBeNull();
  expect(acceptor.take(9n, null, event('c', 6))).toMatchObject({
    position: { offset: 9n, seq: 6, writer: 'c' },
  });
  expect(acceptor.take(10n, null, event('c', 6))).toBeNull();
});

test.each([
  ['another seq', 7n, event('b', 4)],
  ['another writer', 7n, event('c', 3)],
  ['another offset', 8n, event('b', 3)],
  ['a Barrier of another writer', 7n, barrier('c', 'b', 3)],
])('refuses a position where the log holds %s', (_, offset, found) => {
  const acceptor = createJournalAcceptor({ offset: 7n, seq: 3, writer: 'b' });
  expect(() => acceptor.take(offset, null, found)).toThrow(LineageBroken);
  expect(acceptor.isVerified).toBe(false);
});

test('takes the rest of a position known by its offset from the valid record there', () => {
  const acceptor = createJournalAcceptor({ offset: 7n, isValid: true });
  expect(acceptor.take(7n, null, event('b', 3))).toBeNull();
  expect(acceptor.position).toEqual({ offset: 7n, seq: 3, writer: 'b' });
  expect(acceptor.take(8n, null, event('z', 4))).toBeNull();
  expect(acceptor.take(9n, null, event('b', 4))).not.toBeNull();
});
