import { expect, test } from 'vitest';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { emptyJournal, type OffsetEvent, readOn, tailOf } from './journal-tail.ts';

/** `barrier:b>a` = b takes over from a (`>` alone: the first); `a5@12` = writer a, seq 5, decides inbox offset 12. */
function journal(firstOffset: number, ...records: readonly string[]): readonly OffsetEvent[] {
  return records.map((text, i) => ({ offset: BigInt(firstOffset + i), event: eventOf(text) }));
}

function eventOf(text: string): EventEnvelope<Body> {
  const [, barrier, follows] = /^barrier:(\w+)>(\w*)$/.exec(text) ?? [];
  const [, writer = barrier, seq = '0', cause = '-1'] = /^([a-z])(\d+)@(\d+)$/.exec(text) ?? [];
  const body =
    barrier === undefined
      ? { type: 'TimePassed' }
      : { type: 'Barrier', writer: barrier, follows: follows === '' ? null : follows };
  const numbered = { seq: Number(seq), writer, cause: { offset: Number(cause) } };
  return { ...numbered, body } as unknown as EventEnvelope<Body>;
}

const whole = journal(0, 'barrier:a>', 'a1@0', 'a2@1', 'a3@2', 'barrier:b>a', 'b4@3', 'a4@3', 'b5@4');

test('an empty journal has decided nothing', () => {
  expect(readOn(emptyJournal, [])).toEqual({
    position: { offset: -1n, seq: 0, writer: null },
    highestCause: -1,
  });
});

test.each([1, 2, 3])('the end alone, from offset %i, tells the same as the whole journal', (from) => {
  expect(tailOf(whole.slice(from))).toEqual(readOn(emptyJournal, whole));
});

test.each([
  ['begins with a Barrier', whole.slice(4)],
  ['begins among records of two writers', whole.slice(5)],
  ['is empty', []],
])('a stretch that %s cannot tell', (_, records) => {
  expect(tailOf(records)).toBeNull();
});

test('what a zombie decided beyond its successor counts for nobody', () => {
  const records = journal(10, 'a7@20', 'barrier:b>a', 'a8@21', 'a9@22', 'b8@21');
  expect(tailOf(records)).toMatchObject({ highestCause: 21, position: { seq: 8, writer: 'b' } });
});

test('a stretch may begin within a second copy of a slice', () => {
  const records = journal(10, 'a6@21', 'a7@22', 'a5@20', 'a6@21', 'a7@22', 'a8@23');
  expect(tailOf(records)).toMatchObject({ highestCause: 23, position: { seq: 8, offset: 15n } });
});

test('reading on from a known tail is reading from the start', () => {
  const [first, rest] = [whole.slice(0, 5), whole.slice(5)];
  expect(readOn(readOn(emptyJournal, first), rest)).toEqual(readOn(emptyJournal, whole));
});
