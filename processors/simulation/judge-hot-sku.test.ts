import { expect, test } from 'vitest';
import { faultsOf } from './judge-hot-sku.ts';
import { runSeed } from './run-seed.ts';
import { SimCodecs } from './sim-codecs.ts';
import { Reached } from './sometimes.ts';

const whole = { attempts: 50_000, received: 1_000, sold: 1_000, refused: 49_000 };

test('a sale is whole where every piece is sold once and everybody else was told why not', () => {
  expect(faultsOf(whole, 1_000)).toEqual([]);
});

test.each([
  ['one too many', { ...whole, sold: 1_001, refused: 48_999 }, 1_001, /^1001 orders are confirmed, not 1000/],
  ['one too few', { ...whole, sold: 999, refused: 49_001 }, 999, /^999 orders are confirmed, not 1000/],
  ['confirmed without a piece', whole, 999, /^999 pieces are sold, 1000 orders are confirmed/],
  ['an attempt without an end', { ...whole, refused: 48_999 }, 1_000, /^50000 attempts were made, 49999/],
])('%s is named', (_, counts, pieces, named) => {
  const faults = faultsOf(counts, pieces);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(named);
});

test('of ten pieces, 500 attempts under kills and rebalances buy ten', { timeout: 60_000 }, async () => {
  const reached = new Reached();
  const { breaches, sale } = await runSeed({
    seed: 1,
    profile: 'hot-sku',
    orders: 500,
    codecs: new SimCodecs(),
    reached,
  });
  expect(breaches).toEqual([]);
  expect(sale).toEqual({ attempts: 500, received: 10, sold: 10, refused: 490 });
  expect(reached.counts.get('kill')).toBeGreaterThan(1);
  expect(reached.counts.get('rebalance')).toBeGreaterThan(1);
});
