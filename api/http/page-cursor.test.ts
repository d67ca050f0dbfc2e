import { expect, test } from 'vitest';
import { formatCursor, nextLink, parseCursor } from './page-cursor.ts';

const end = '1750000000123 o-0123456789ABCDEFGHJKMNPQRS';
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

test('the next page keeps every parameter but the cursor', () => {
  expect(nextLink('/v1/stock?limit=5&cursor=a', 'b.c')).toBe('</v1/stock?limit=5&cursor=b.c>; rel="next"');
  expect(nextLink('/v1/stock', 'b.c')).toBe('</v1/stock?cursor=b.c>; rel="next"');
});
