import { expect, test } from 'vitest';
import { requestIdOf, traceparentOf } from './request-id.ts';

test('keeps a plain id of the caller', () => {
  expect(requestIdOf('checkout-7')).toBe('checkout-7');
});

test.each([undefined, '', 'a b', 'x'.repeat(65), '4111111111111111', 'a\u00e9'])(
  'makes one instead of %j',
  (header) => {
    expect(requestIdOf(header)).toMatch(/^r-[A-Za-z0-9_-]{16}$/);
  },
);

test('takes a valid traceparent and ignores any other', () => {
  const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(traceparentOf(valid)).toBe(valid);
  expect(traceparentOf('00-zz-zz-00')).toBeNull();
  expect(traceparentOf(`00-${'0'.repeat(32)}-b7ad6b7169203331-01`)).toBeNull();
});
