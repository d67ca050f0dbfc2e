import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePairs, formatSourceMark, parseSourceMark } from './source-mark.ts';

const parse = (text: string, partitions: number) => parseSourceMark(Buffer.from(text, 'latin1'), partitions);

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
        expect(parse(formatSourceMark(mark), 24)).toEqual(mark);
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
  expect(parse(text, 4)).toBe('bad-headers');
});

test.each(['psp/0 1.0 -', 'stock/4 1.0 -', 'views/0 1.0 -'])('calls the sender of %j unknown', (text) => {
  expect(parse(text, 4)).toBe('unknown-source');
});

/** The header's grammar (messages §2). */
const grammar = /^([a-z]+)\/(\d{1,6}) (\d{1,15})\.(\d{1,6}) (?:(\d{1,15})\.(\d{1,6})|-)$/;

test('reads what the grammar allows and nothing else', () => {
  const piece = fc.constantFrom(
    'stock',
    'orders',
    'psp',
    '/',
    ' ',
    '.',
    '-',
    '0',
    '07',
    '41',
    '999999',
    '\n',
    'é',
  );
  const written = fc.oneof(
    fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')),
    fc
      .tuple(fc.array(piece, { minLength: 8, maxLength: 8 }), fc.boolean())
      .map(([[a, b, c, d, e, f], isFirst]) => `${a}/${b} ${c}.${d} ${isFirst ? '-' : `${e}.${f}`}`),
    fc
      .tuple(
        fc.constantFrom('stock', 'psp', ''),
        fc.array(fc.stringMatching(/^\d{1,7}$/), { minLength: 5, maxLength: 5 }),
        fc.boolean(),
      )
      .map(([name, [a, b, c, d, e], isFirst]) => `${name}/${a} ${b}.${c} ${isFirst ? '-' : `${d}.${e}`}`),
  );
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(written, (of) => {
      const [, processor = '', partition = '', ...numbers] = grammar.exec(of) ?? [];
      const [seq, index, prevSeq, prevIndex] = numbers.map(Number);
      const isKnown = ['orders', 'stock', 'catalogue'].includes(processor) && Number(partition) < 100;
      const expected = !grammar.test(of)
        ? 'bad-headers'
        : !isKnown
          ? 'unknown-source'
          : {
              source: `${processor}/${partition}`,
              pair: { seq, index },
              prev: numbers[2] === undefined ? null : { seq: prevSeq, index: prevIndex },
            };
      expect(parse(of, 100)).toEqual(expected);
      outcomes.add(typeof expected === 'string' ? expected : 'read');
    }),
    { numRuns: 3_000 },
  );
  expect(outcomes).toEqual(new Set(['bad-headers', 'unknown-source', 'read']));
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
