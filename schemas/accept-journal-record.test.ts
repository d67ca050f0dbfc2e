import { expect, test } from 'vitest';
import { acceptJournalRecord, type JournalPosition, journalStart } from './accept-journal-record.ts';
import type { Body, EventEnvelope } from './envelope.ts';

interface Line {
  readonly writer: string;
  /** Null: a Barrier. */
  readonly seq: number | null;
  /** Of a Barrier; by default the writer of the last Barrier that was valid. */
  readonly follows?: string | null;
}

const barrier = (writer: string, follows?: string | null): Line =>
  follows === undefined ? { writer, seq: null } : { writer, seq: null, follows };
const event = (writer: string, seq: number): Line => ({ writer, seq });

function toEvent({ writer, seq, follows }: Line, position: JournalPosition): EventEnvelope<Body> {
  const cause = { offset: 0, source: null, seq: null, index: null };
  const barrierBody = { type: 'Barrier', writer, follows: follows === undefined ? position.writer : follows };
  return {
    seq: seq ?? position.seq,
    writer,
    cause,
    atMs: 0,
    routedThrough: 0,
    version: 1,
    body: seq === null ? barrierBody : { type: 'TimePassed' },
  };
}

/** Reads the lines from offset 0, or from `start`'s next; gives the indexes of the events that are valid, and where it ended. */
function read(lines: readonly Line[], start: JournalPosition = journalStart) {
  let position = start;
  const valid: number[] = [];
  lines.forEach((line, index) => {
    const offset = BigInt(index);
    if (offset <= start.offset) return;
    const next = acceptJournalRecord(position, offset, toEvent(line, position));
    if (next === null) return;
    position = next;
    if (line.seq !== null) valid.push(index);
  });
  return { valid, position };
}

test.each<[string, readonly Line[], readonly number[]]>([
  [
    'a record of the old owner after the new Barrier is void',
    [barrier('a'), event('a', 1), barrier('b'), event('a', 2), event('b', 2)],
    [1, 4],
  ],
  [
    'of a batch appended twice by a retry the second copy is void',
    [barrier('a'), event('a', 1), event('a', 2), event('a', 1), event('a', 2), event('a', 3)],
    [1, 2, 5],
  ],
  [
    'of a longer second attempt what is new is valid: records count, not batches',
    [barrier('a'), event('a', 1), event('a', 2), event('a', 1), event('a', 2), event('a', 3)],
    [1, 2, 5],
  ],
  ['a gap in seq is void when it comes', [barrier('a'), event('a', 1), event('a', 3), event('a', 2)], [1, 3]],
  [
    'a seq that restarts under the same writer is void',
    [barrier('a'), event('a', 1), event('a', 2), event('a', 1), event('a', 3)],
    [1, 2, 4],
  ],
  ['an event before any Barrier is void', [event('a', 1), barrier('a'), event('a', 1)], [2]],
  [
    'of two Barriers in a row the second counts',
    [barrier('a'), barrier('b'), event('a', 1), event('b', 1)],
    [3],
  ],
  [
    'a Barrier that follows one already overtaken is void',
    [barrier('a'), event('a', 1), barrier('c', 'a'), barrier('b', 'a'), event('b', 2), event('c', 2)],
    [1, 5],
  ],
  [
    'a first Barrier must follow none',
    [barrier('b', 'a'), event('b', 1), barrier('a', null), event('a', 1)],
    [3],
  ],
  [
    'a Barrier appended twice by a retry counts once',
    [barrier('a', null), barrier('a', null), event('a', 1)],
    [2],
  ],
  [
    'a Barrier that names its own writer as the one before is void',
    [barrier('a'), barrier('a', 'a'), event('a', 1)],
    [2],
  ],
])('%s', (_, lines, valid) => {
  expect(read(lines).valid).toEqual(valid);
});

test('a reader that starts in the middle knows by the writer what its seq alone would accept', () => {
  const lines = [barrier('b', 'a'), event('a', 2), event('b', 2)];
  expect(read(lines, { offset: 0n, seq: 1, writer: 'b' }).valid).toEqual([2]);
});

test('the position is the last accepted record, a Barrier too, and void records leave it where it is', () => {
  expect(read([barrier('a'), event('a', 1), event('z', 2)]).position).toEqual({
    offset: 1n,
    seq: 1,
    writer: 'a',
  });
  expect(read([barrier('a'), event('a', 1), barrier('b')]).position).toEqual({
    offset: 2n,
    seq: 1,
    writer: 'b',
  });
});

test('changes nothing it was given', () => {
  const position = Object.freeze({ ...journalStart });
  acceptJournalRecord(position, 0n, Object.freeze(toEvent(barrier('a'), position)));
  expect(position).toEqual(journalStart);
});
