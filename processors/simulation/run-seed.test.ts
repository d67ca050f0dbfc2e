import { expect, test } from 'vitest';
import { runSeed } from './run-seed.ts';
import { SimCodecs } from './sim-codecs.ts';
import { Reached } from './sometimes.ts';

test('whatever fails, the auditor finds nothing wrong once the world is at rest', {
  timeout: 60_000,
}, async () => {
  const reached = new Reached();
  const codecs = new SimCodecs();
  for (let seed = 1; seed <= 30; seed += 1) {
    const { breaches, orders } = await runSeed({ seed, reached, codecs });
    expect({ seed, orders, breaches }).toEqual({ seed, orders: 100, breaches: [] });
  }
  expect(reached.faults()).toBeGreaterThan(500);
});
