import { expect, test } from 'vitest';
import { formatCursor, parseCursor } from './cursor.ts';

const end = { createdAtMs: 1_750_000_000_123, orderId: 'o-0123456789ABCDEFGHJKMNPQRS' };
const scope = { store: 'S1', sort: '-createdAt' };
const cursor = formatCursor('secret', scope, end);

test('a cursor is read back for the same store and filters only', () => {
  expect(parseCursor('secret', { sort: '-createdAt', store: 'S1' }, cursor)).toEqual(end);
  expect(parseCursor('secret', { ...scope, store: 'S2' }, cursor)).toBeNull();
  expect(parseCursor('secret', { ...scope, status: 'confirmed' }, cursor)).toBeNull();
  expect(parseCursor('other', scope, cursor)).toBeNull();
});

test('one changed character anywhere is no cursor', () => {
  for (let i = 0; i < cursor.length; i += 1) {
    const other = cursor[i] === 'A' ? 'B' : 'A';
    expect(parseCursor('secret', scope, cursor.slice(0, i) + other + cursor.slice(i + 1))).toBeNull();
  }
  expect(parseCursor('secret', scope, '')).toBeNull();
});
