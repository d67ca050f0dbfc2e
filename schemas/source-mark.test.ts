import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePairs, formatSourceMark, parseSourceMark } from './source-mark.ts';

test('spells the header as published', () => {
  const mark = { source: 'stock/3', pair: { seq: 41, index: 0 }, prev: { seq: 37, index: 2 } };
  expect(formatSourceMark(mark)).toBe('stock/3 41.0 37.2');
  expect(formatSourceMark({ ...mark, prev: null })).toBe('stock/3 41.0 -');
});

const pair = fc.record({ seq: fc.nat(999_999_999_999_999), index: fc.nat(99_999) });

test('reads back what it wrote', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('orders', 'stock', 'catalogue'),
      fc.nat(23),
      pair,
      fc.option(pair),
      (processor, partition, own, prev) => {
        const mark = { source: `${processor}/${partition}`, pair: own, prev };
        expect(parseSourceMark(formatSourceMark(mark), 24)).toEqual(mark);
      },
    ),
  );
});

test.each([
  '',
  'stock/3',
  'stock/3 41.0',
  'stock/3 41 -',
  'stock/3 41.0 -1.0',
  'stock/3  41.0 -',
  'stock/3 41.0 - ',
  'stock/-1 41.0 -',
  'stock/3 9999999999999999.0 -',
  'STOCK/3 41.0 -',
  'stock/3 41.0 37.0\n',
])('calls %j bad headers', (text) => {
  expect(parseSourceMark(text, 4)).toBe('bad-headers');
});

test.each(['psp/0 1.0 -', 'stock/4 1.0 -', 'views/0 1.0 -'])('calls the sender of %j unknown', (text) => {
  expect(parseSourceMark(text, 4)).toBe('unknown-source');
});

test('orders pairs by seq, then by index', () => {
  const sorted = [
    { seq: 1, index: 0 },
    { seq: 1, index: 9 },
    { seq: 1, index: 10 },
    { seq: 2, index: 0 },
  ];
  expect(sorted.toReversed().sort(comparePairs)).toEqual(sorted);
  expect(comparePairs({ seq: 2, index: 1 }, { seq: 2, index: 1 })).toBe(0);
});
