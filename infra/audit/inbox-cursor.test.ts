import { expect, test } from 'vitest';
import { InboxCursor } from './inbox-cursor.ts';
import type { InboxRecord } from './recording.ts';
import type { Rule } from './rule.ts';

const record = (offset: number): InboxRecord => ({
  offset,
  atMs: offset,
  key: 'k',
  mark: null,
  command: null,
});

function cursorOver(batches: readonly (readonly number[])[]) {
  const told: string[] = [];
  const rule: Rule = {
    id: 'I-03',
    onInbox: ({ record: { offset }, is }) => void told.push(`${offset} ${is}`),
    end: () => ({ id: 'I-03', verdict: 'holds', checked: 0, violations: 0 }),
  };
  const iterator = batches.map((offsets) => offsets.map(record))[Symbol.iterator]();
  const cursor = new InboxCursor(iterator, { processor: 'orders', partition: 0 }, [rule]);
  const at = async (offset: number) => {
    while (!cursor.reaches(offset)) await cursor.readOn();
    const found = cursor.at(offset);
    return typeof found === 'string' ? found : found.offset;
  };
  return { told, at, cursor };
}

test('tells each record once: causes, what lies between them, and what comes after the last', async () => {
  const { told, at, cursor } = cursorOver([[0, 1], [], [2, 3, 4], [5]]);
  expect(await at(1)).toBe(1);
  expect(await at(1)).toBe(1);
  expect(await at(3)).toBe(3);
  await cursor.finish();
  expect(told).toEqual(['0 uncaused', '1 caused', '2 uncaused', '3 caused', '4 later', '5 later']);
});

test('an offset before the inbox begins is trimmed; one it skips, ends before, or has passed is absent', async () => {
  const { at } = cursorOver([[7, 8, 10]]);
  expect(await at(3)).toBe('trimmed');
  expect(await at(8)).toBe(8);
  expect(await at(7)).toBe('absent');
  expect(await at(9)).toBe('absent');
  expect(await at(10)).toBe(10);
  expect(await at(11)).toBe('absent');
});

test('an empty inbox has no record', async () => {
  const { at, told, cursor } = cursorOver([]);
  expect(await at(0)).toBe('absent');
  await cursor.finish();
  expect(told).toEqual([]);
});
