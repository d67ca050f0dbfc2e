import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChaosReport } from '../chaos/run-chaos.ts';
import { writeTestCounts } from '../local/test-counts.ts';
import { createLocalStack, onSharedCoresBriefly } from './local-stack.ts';

/** F20 (reliability §3). `STARVED_SEED=<n> npm test -- --project e2e starved` repeats a run. */
const seed = Number(process.env['STARVED_SEED'] ?? randomInt(2 ** 31));
const orders = 600;

const stack = createLocalStack({ ...onSharedCoresBriefly, MILLRACE_RATE_LIMIT_PER_SECOND: '0' });

beforeAll(() => stack.up());
afterAll(async () => {
  await stack.run('down');
  expect(await stack.remove()).toBe(0);
});

test(`roles without memory, descriptors or a credential end in words or wait, and nothing is lost, seed ${seed}`, async () => {
  const args = ['--seed', String(seed), '--orders', String(orders), '--rate', '20'];
  const ran = await stack.run('chaos', 'run', 'starved', ...args, '--json');
  const again = `STARVED_SEED=${seed} npm test -- --project e2e starved`;
  expect(`${ran.code}\n${ran.code === 0 ? '' : `${ran.stdout}\n${ran.stderr}\n${again}`}`).toBe('0\n');
  const { load, starved, revoked, broken, unreached, rules } = JSON.parse(ran.stdout) as ChaosReport;
  expect({ broken, unreached, refused: load.refused }).toEqual({ broken: [], unreached: [], refused: 0 });
  expect(rules.filter(({ violations }) => violations > 0)).toEqual([]);
  expect(load.orders).toBeGreaterThanOrEqual(orders);
  const bySlot = starved.toSorted((a, b) => (a.slot < b.slot ? -1 : 1));
  const small = bySlot.filter(({ limits }) => limits === '64 MB of heap, 64 descriptors');
  expect(small.map(({ slot, ends, words }) => [slot, ends === 0 ? 'lives' : words])).toEqual(
    ['api', 'catalogue', 'orders', 'payments', 'sink', 'stock', 'views'].map((role) => [
      `${role}-1`,
      'lives',
    ]),
  );
  const nothing = bySlot.filter((each) => !small.includes(each));
  expect(nothing.map(({ slot, ends, words }) => [slot, ends > 0, words])).toEqual([
    ['orders-1', true, expect.stringContaining('JavaScript heap out of memory')],
    ['sink-1', true, expect.stringContaining('EMFILE')],
  ]);
  expect(revoked).toEqual([
    { seconds: 15, connections: expect.toSatisfy((count) => count > 0), accepted: expect.any(Number) },
  ]);
  writeTestCounts('starved roles', {
    orders: load.orders,
    'roles with 64 MB of heap and 64 descriptors': small.length,
    'ends of those with less': nothing.reduce((sum, { ends }) => sum + ends, 0),
    'connections Redis refused in 15 s': revoked[0]?.connections ?? 0,
    violations: rules.reduce((sum, { violations }) => sum + violations, 0),
  });
});
