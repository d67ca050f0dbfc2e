import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/catalogue-events.ts';
import { Catalogue } from './catalogue.ts';

const content = (name: string) => ({ name, prices: [{ currency: 'GBP', unitMinor: 255 }], taxBp: 0 });

function catalogueOf(products: Readonly<Record<string, string>>): Catalogue {
  const catalogue = new Catalogue();
  for (const [sku, name] of Object.entries(products)) catalogue.put('S1', sku, 1, content(name), 7);
  return catalogue;
}
const skusOf = (catalogue: Catalogue, words: string | null, behind = '', limit = 20, store = 'S1') =>
  catalogue.page(store, words, behind, limit).products.map(({ sku }) => sku);

describe('search', () => {
  test('a renamed product is found by its new word only', () => {
    const catalogue = catalogueOf({ A: 'RED HEART', B: 'RED STAR' });
    catalogue.put('S1', 'A', 2, content('BLUE HEART'), 8);
    expect(skusOf(catalogue, 'red')).toEqual(['B']);
    expect(skusOf(catalogue, 'blue')).toEqual(['A']);
    expect(skusOf(catalogue, 'heart')).toEqual(['A']);
  });

  test('a retired product is not found, and is found again when it is put again', () => {
    const catalogue = catalogueOf({ A: 'RED HEART', B: 'RED STAR' });
    catalogue.put('S1', 'A', 2, null, 8);
    expect([skusOf(catalogue, 'red'), skusOf(catalogue, null)]).toEqual([['B'], ['B']]);
    catalogue.put('S1', 'A', 3, content('RED HEART'), 9);
    expect([skusOf(catalogue, 'red'), skusOf(catalogue, null)]).toEqual([
      ['A', 'B'],
      ['A', 'B'],
    ]);
  });

  test('pages are in order of the SKUs and end, also where what ended the last one is gone', () => {
    const catalogue = catalogueOf({ C: 'RED', A: 'RED', D: 'RED', B: 'RED' });
    for (const words of ['red', null]) {
      expect(catalogue.page('S1', words, '', 3)).toMatchObject({ more: true });
      expect(skusOf(catalogue, words, '', 3)).toEqual(['A', 'B', 'C']);
    }
    catalogue.put('S1', 'C', 2, null, 8);
    for (const words of ['red', null]) {
      expect(skusOf(catalogue, words, 'C', 3)).toEqual(['D']);
      expect(catalogue.page('S1', words, 'C', 3)).toMatchObject({ more: false });
    }
  });

  test('another store finds nothing of it', () => {
    expect(skusOf(catalogueOf({ A: 'RED' }), 'red', '', 20, 'S2')).toEqual([]);
    expect(skusOf(catalogueOf({ A: 'RED' }), null, '', 20, 'S2')).toEqual([]);
  });
});

test('a retired product has a version and no price', () => {
  const catalogue = new Catalogue();
  const events: EventBody[] = [
    {
      type: 'ProductPut',
      store: 'S1',
      sku: 'A',
      version: 1,
      ...content('Heart'),
      commandId: null,
      fingerprint: null,
      requestId: null,
    },
    {
      type: 'ProductRetired',
      store: 'S1',
      sku: 'A',
      version: 2,
      commandId: null,
      fingerprint: null,
      requestId: null,
    },
  ];
  events.forEach((body, i) => {
    const cause = { offset: 10 + i, source: null, seq: null, index: null };
    catalogue.apply(3, { seq: i + 1, writer: 'w', cause, atMs: 7, routedThrough: 0, version: 1, body });
  });
  expect(catalogue.productOf('S1', 'A')).toBeUndefined();
  expect([catalogue.versionOf('S1', 'A'), catalogue.versionOf('S1', 'B')]).toEqual([2, 0]);
  expect([catalogue.causeOf(3), catalogue.causeOf(0)]).toEqual([11, -1]);
});
