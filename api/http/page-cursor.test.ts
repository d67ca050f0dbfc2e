import { expect, test } from 'vitest';
import { endBefore, formatCursor, nextLink, nextPage, parseCursor } from './page-cursor.ts';
import { Problem } from './problem.ts';

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

test('a page begins where its cursor ended, the first at nothing; another list’s cursor is refused', () => {
  expect(endBefore('secret', scope, undefined)).toBeNull();
  expect(endBefore('secret', scope, cursor)).toBe(end);
  expect(() => endBefore('secret', { ...scope, store: 'S2' }, cursor)).toThrow(new Problem('invalid-cursor'));
});

test('a page names the next one by cursor and Link, the last page none', () => {
  const { nextCursor, headers } = nextPage('secret', scope, '/v1/stock?limit=5', end);
  expect(nextCursor).toBe(cursor);
  expect(headers).toEqual({ Link: nextLink('/v1/stock?limit=5', cursor) });
  expect(nextPage('secret', scope, '/v1/stock', null)).toEqual({ nextCursor: null, headers: {} });
});
