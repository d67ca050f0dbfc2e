import { expect, test } from 'vitest';
import type { Difference } from './difference.ts';
import { resultOf } from './keep-days.ts';

const difference = (of: Partial<Difference>): Difference => ({
  class: 'amount',
  where: 'settlement',
  store: 's-1',
  orderId: 'o-1',
  opId: 'o-1:capture:1',
  pspRef: 'pay_1',
  ours: '1000 GBP',
  theirs: '1001 GBP',
  amountMinor: 1,
  currency: 'GBP',
  ageDays: 0,
  command: 'npx millrace orders show o-1 --explain',
  line: null,
  ...of,
});

test('what is kept of a day counts and sums by class, book and currency, and names no order', () => {
  const differences = [
    difference({}),
    difference({ orderId: 'o-2', amountMinor: 5 }),
    difference({ currency: 'EUR', amountMinor: 7 }),
    difference({ where: 'payout', amountMinor: 2 }),
    difference({ class: 'timing', amountMinor: 900 }),
  ];
  const day = { store: 's-1', moves: 9, sums: [], payouts: [], differences, unexplained: 4 };
  const result = resultOf({ day: '2026-01-07', atMs: 17 }, { ...day, unchecked: { objects: 2, rows: 1 } });
  expect(result).toEqual({
    store: 's-1',
    atMs: 17,
    body: {
      type: 'DayReconciled',
      day: '2026-01-07',
      moves: 9,
      unexplained: 4,
      unchecked: 3,
      differences: [
        { class: 'amount', where: 'payout', currency: 'GBP', count: 1, amountMinor: 2 },
        { class: 'amount', where: 'settlement', currency: 'EUR', count: 1, amountMinor: 7 },
        { class: 'amount', where: 'settlement', currency: 'GBP', count: 2, amountMinor: 6 },
        { class: 'timing', where: 'settlement', currency: 'GBP', count: 1, amountMinor: 900 },
      ],
    },
  });
});
