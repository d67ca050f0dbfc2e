import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LostRepliesReport } from '../demo/run-lost-replies.ts';
import { writeTestCounts } from '../local/test-counts.ts';
import { createLocalStack } from './local-stack.ts';

/** `LOST_REPLIES_SEED=<n> npm test -- --project e2e lost-replies` repeats a run. */
const seed = Number(process.env['LOST_REPLIES_SEED'] ?? randomInt(2 ** 31));
const orders = 600;

const stack = createLocalStack({ MILLRACE_RATE_LIMIT_PER_SECOND: '0' });

beforeAll(() => stack.up());
afterAll(async () => {
  await stack.run('down');
  expect(await stack.remove()).toBe(0);
});

test(`no money is taken twice, kept or forgotten while the provider loses replies, seed ${seed}`, async () => {
  const args = [
    '--scenario',
    'lost-replies',
    '--orders',
    String(orders),
    '--rate',
    '30',
    '--seed',
    String(seed),
  ];
  const ran = await stack.run('demo', ...args, '--json');
  const again = `LOST_REPLIES_SEED=${seed} npm test -- --project e2e lost-replies`;
  expect(`${ran.code}\n${ran.code === 0 ? '' : `${ran.stdout}\n${ran.stderr}\n${again}`}`).toBe('0\n');
  const { load, money, audit, faults } = JSON.parse(ran.stdout) as LostRepliesReport;
  expect({ audit, faults, refused: load.refused }).toEqual({ audit: 'pass', faults: [], refused: 0 });
  expect(load.actions).toBeGreaterThan(orders / 10);
  expect(money).toMatchObject({
    doubleCaptures: 0,
    doubleRefunds: 0,
    paidButToldFailed: 0,
    unknownsAlone: 0,
  });
  expect(money.unknowns).toBeGreaterThan(orders / 50);
  expect(money.books).toEqual(money.ledger);
  writeTestCounts('lost replies', {
    orders: load.orders,
    'actions on them': load.actions,
    'outcomes unknown': money.unknowns,
    'of these left alone': money.unknownsAlone,
    'double captures': money.doubleCaptures,
    'double refunds': money.doubleRefunds,
  });
});
