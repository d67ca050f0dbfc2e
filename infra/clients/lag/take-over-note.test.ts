import { expect, test } from 'vitest';
import { formatTakeOverNote, parseTakeOverNote } from './take-over-note.ts';

const took = { owner: 'stock-2', at: '2026-01-02T03:04:05.678Z', durationMs: 41, events: 900_000 };

test('reads what it wrote, in well under the 4 kB the broker takes', () => {
  expect(parseTakeOverNote(formatTakeOverNote(took))).toEqual(took);
  expect(formatTakeOverNote({ ...took, owner: 'x'.repeat(100) }).length).toBeLessThan(300);
});

test.each([null, '', 'leader epoch 5', '{}', '{"owner":1}', 'null', '[1]'])(
  'takes %j for nothing',
  (text) => {
    expect(parseTakeOverNote(text)).toBeNull();
  },
);
