import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordIndex } from './word-index.ts';

const words = ['red', 'HEART', 'holder', 'ﬁsh', '30cm', 'café'];
const text = fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((some) => some.join(' - '));
const puts = fc.array(fc.record({ key: fc.constantFrom('A', 'B', 'C'), text: fc.option(text) }), {
  maxLength: 30,
});

test('finds what a look through all names finds, whatever was renamed or taken away before', () => {
  fc.assert(
    fc.property(puts, text, (changes, asked) => {
      const index = new WordIndex();
      const names = new Map<string, string | null>();
      for (const change of changes) {
        index.put(change.key, names.get(change.key) ?? null, change.text);
        names.set(change.key, change.text);
      }
      const wanted = asked === '' ? [] : asked.split(' - ');
      const named = [...names].filter(
        ([, name]) => wanted.length > 0 && wanted.every((word) => (name ?? '').split(' - ').includes(word)),
      );
      expect([...index.find(asked.toLowerCase())].sort()).toEqual(named.map(([key]) => key).sort());
    }),
  );
});

test('letter case, compatibility forms and marks between words are of no account, parts of words are', () => {
  const index = new WordIndex();
  index.put('A', null, 'WHITE HANGING HEART T-LIGHT, HOLDER (ﬁne)');
  expect(index.find('heart white')).toEqual(['A']);
  expect(index.find('light FINE')).toEqual(['A']);
  for (const none of ['hear', 'heart red', '', '!?']) expect(index.find(none)).toEqual([]);
});
