import { expect, test } from 'vitest';
import type { Reconciliation, StoreDay } from '../../reconcile/run-reconcile.ts';
import { exitCodeOf, reconciliationText } from './reconcile.ts';

const storeDay: StoreDay = {
  store: 'demo',
  moves: 2,
  sums: [
    {
      store: 'demo',
      currency: 'GBP',
      settledCurrency: 'EUR',
      lines: 2,
      grossMinor: 1_000,
      settledMinor: 1_170,
      feeMinor: 20,
      netMinor: 1_150,
    },
  ],
  payouts: [
    { store: 'demo', payoutId: 'po_1', currency: 'EUR', amountMinor: 1_149, lines: 2, netMinor: 1_150 },
  ],
  differences: [],
  unexplained: 0,
  unchecked: { objects: 1, rows: 3 },
};
const done: Reconciliation = {
  day: '2026-01-07',
  atMs: 0,
  stores: [storeDay],
  unexplained: 0,
  unchecked: { objects: 1, rows: 3 },
  appended: [],
};

test.each([
  [0, 0, 0, 0],
  [1, 0, 0, 6],
  [1, 1, 1, 6],
  [0, 1, 0, 75],
  [0, 0, 1, 75],
])('%i unexplained, %i payments and %i moves not compared: exit %i', (unexplained, objects, rows, code) => {
  expect(exitCodeOf({ unexplained, unchecked: { objects, rows } })).toBe(code);
});

test('the sums keep two currencies apart and say the rate; what could not be compared is told', () => {
  expect(reconciliationText(done).split('\n')).toEqual([
    '2026-01-07: 2 moves booked, 0 unexplained differences',
    'demo: 2 lines, gross 1000 GBP settled as 1170 EUR (rate 1.170000) - fees 20 = net 1150 EUR',
    'demo: paid out 1149 EUR (po_1), net 1150 of 2 lines',
    'Not compared: 1 payments, the provider did not show them now.',
    'Not compared: 3 moves, ClickHouse does not hold them yet.',
  ]);
});
