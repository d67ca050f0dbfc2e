import { expect, test } from 'vitest';
import { profileNames } from './profiles.ts';
import { runSeed } from './run-seed.ts';
import { SimCodecs } from './sim-codecs.ts';
import { Reached } from './sometimes.ts';
import { runSeeds } from './suite.ts';

const timeout = 120_000;
const codecs = new SimCodecs();

test('whatever fails, the auditor finds nothing wrong once the world is at rest', { timeout }, async () => {
  const reached = new Reached();
  const { failures, orders } = await runSeeds({ from: 1, until: 13, ordersEach: 100 }, reached, codecs);
  expect(failures).toEqual([]);
  expect(orders).toBeGreaterThan(900);
  expect(reached.faults()).toBeGreaterThan(300);
});

test.each(profileNames)(
  'a seed of profile %s gives the same run again, record for record',
  { timeout },
  async (profile) => {
    const run = async () => {
      const { hash, steps, breaches } = await runSeed({
        seed: 7,
        profile,
        orders: 20,
        codecs,
        reached: new Reached(),
        withHash: true,
      });
      return { hash, steps, breaches };
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.breaches).toEqual([]);
  },
);

test('nobody writes into a record he has read', { timeout }, async () => {
  const strict = new SimCodecs();
  strict.checkNobodyWrites = true;
  const { breaches } = await runSeed({ seed: 3, orders: 40, codecs: strict, reached: new Reached() });
  expect(breaches).toEqual([]);
});
