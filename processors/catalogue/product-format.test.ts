import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import { productFormat } from '../../schemas/product-state.ts';
import { createCatalogueDomain } from './catalogue-domain.ts';
import { createProduct, type Product } from './product.ts';

const catalogue = createCatalogueDomain();
const put = {
  type: 'ProductPut',
  store: 's-1',
  sku: 'A',
  version: 1,
  name: 'Heart – ♥',
  prices: [
    { currency: 'EUR', unitMinor: 299 },
    { currency: 'GBP', unitMinor: 255 },
  ],
  taxBp: 2_000,
  commandId: 'c-1',
  fingerprint: 'k1.aa',
  requestId: null,
} as const;
const retired = { ...put, type: 'ProductRetired', version: 2, commandId: 'c-2', fingerprint: null } as const;

const states: Readonly<Record<string, Product | undefined>> = {
  empty: createProduct('s-1', 'A'),
  'on sale': catalogue.evolve(undefined, put, 1_700_000_000_000),
  retired: catalogue.evolve(catalogue.evolve(undefined, put, 1_700_000_000_000), retired, 1_700_000_000_001),
};

const golden = JSON.parse(
  readFileSync(new URL('./golden/product-format-2.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

test('the golden bytes are of this version: others need a new version and a new file', () => {
  expect(productFormat.version).toBe('catalogue-2');
  const bytes = Object.entries(states).flatMap(([name, product]) => {
    if (!product) return [];
    const writer = new ByteWriter();
    productFormat.write(product, writer);
    return [[name, writer.written().toString('hex')]];
  });
  expect(Object.fromEntries(bytes)).toEqual(golden);
});

test.each(Object.entries(golden))('reads back what it wrote of a product: %s', (name, hex) => {
  const reader = new ByteReader(Buffer.from(hex, 'hex'));
  expect(productFormat.read(reader)).toEqual(states[name]);
  expect(reader.left).toBe(0);
});
