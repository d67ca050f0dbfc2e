import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Catalogue } from '../../../api/catalogue/catalogue.ts';
import { priceOrder, type Pricing } from '../../../producers/intake/price-order.ts';
import { ByteReader } from '../../../schemas/byte-reader.ts';
import { ByteWriter } from '../../../schemas/byte-writer.ts';
import { productFormat } from '../../../schemas/product-state.ts';
import { createRecentIds } from '../../../schemas/recent-ids.ts';
import { seededRandom } from '../../clients/seeded-random.ts';

export interface CatalogueBench {
  readonly skus: number;
  readonly orders: number;
  readonly report: (row: unknown) => void;
}

const currencies = ['EUR', 'GBP', 'USD'];
const nameWords = 5;
/** Different words in all names: the Online Retail file has about so many. */
const vocabulary = 2_500;
const linesOfOrder = 5;

/** What an API process pays for its catalogue: loading the snapshot's states, memory, pricing and search from memory. */
export function runCatalogueBench({ skus, orders, report }: CatalogueBench): void {
  const collect = exposeGc();
  const states = Array.from({ length: skus }, (_, i) => stateOf(i));
  collect();
  const before = process.memoryUsage();
  const began = performance.now();
  const catalogue = new Catalogue();
  for (const bytes of states) {
    const { store, sku, version, content, updatedAtMs } = productFormat.read(new ByteReader(bytes));
    catalogue.put(store, sku, version, content, updatedAtMs);
  }
  const loadMs = performance.now() - began;
  collect();
  const after = process.memoryUsage();
  const priced = pricesOf(catalogue, skus, orders);
  const searches = searchesOf(catalogue, 10_000);
  report({
    skus,
    loadMs: Math.round(loadMs),
    residentMb: toMb(after.rss - before.rss),
    heapMb: toMb(after.heapUsed - before.heapUsed),
    priceUs: priced,
    searchUs: searches,
  });
}

const toMb = (bytes: number): number => Math.round(bytes / 1e5) / 10;
const skuOf = (i: number): string => `SKU-${String(i).padStart(6, '0')}`;

/** As a snapshot holds it; nothing of it stays in memory but what the catalogue keeps. */
function stateOf(i: number): Buffer {
  const random = seededRandom(i + 1);
  const word = (): string => `word${Math.trunc(random() * vocabulary)}`;
  const writer = new ByteWriter();
  productFormat.write(
    {
      store: 'demo',
      sku: skuOf(i),
      version: 1,
      content: {
        name: Array.from({ length: nameWords }, word).join(' '),
        prices: currencies.map((currency) => ({ currency, unitMinor: 1 + i })),
        taxBp: 2_000,
      },
      updatedAtMs: 1_700_000_000_000,
      commands: createRecentIds(),
    },
    writer,
  );
  return Buffer.from(writer.written());
}

/** CPU of one order of five lines, in µs. */
function pricesOf(catalogue: Catalogue, skus: number, orders: number): number {
  const random = seededRandom(1);
  const pricing: Pricing = {
    store: { currencies, taxRule: 'exclusive', shippingMinor: 300, shippingTaxBp: 2_000 },
    productOf: (sku) => catalogue.productOf('demo', sku),
    mayPrice: false,
  };
  const line = () => ({ sku: skuOf(Math.trunc(random() * skus)), quantity: 2 });
  const asked = Array.from({ length: orders }, () => ({
    currency: 'GBP',
    lines: Array.from({ length: linesOfOrder }, line),
  }));
  const began = process.cpuUsage();
  for (const order of asked) {
    if (priceOrder(order, pricing).is !== 'priced') throw new Error('a product is not there');
  }
  return microsSince(began, orders);
}

function searchesOf(catalogue: Catalogue, count: number): number {
  const random = seededRandom(2);
  const began = process.cpuUsage();
  for (let i = 0; i < count; i += 1) {
    catalogue.page('demo', `word${Math.trunc(random() * vocabulary)}`, '', 20);
  }
  return microsSince(began, count);
}

function microsSince(began: NodeJS.CpuUsage, count: number): number {
  const { user, system } = process.cpuUsage(began);
  return Math.round(((user + system) / count) * 10) / 10;
}

/** Node's own collector, so that what is measured is what is kept. */
function exposeGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
