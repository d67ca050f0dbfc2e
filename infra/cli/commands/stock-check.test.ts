import { expect, test } from 'vitest';
import type { Difference } from '../../stock-check/difference.ts';
import { stockCheckText } from './stock-check.ts';

const counts = { skus: 2, holds: 3, orders: 1, documents: 2 };
const left: Difference = {
  class: 'hold-left-open',
  key: 's/MUG',
  about: 'o-1:MUG',
  what: '4 held, the order is closed',
  mend: 'npx millrace stock check --repair --only o-1:MUG',
  repair: { type: 'ReleaseHold', holdId: 'o-1:MUG', orderId: 'o-1', sku: 'MUG', reason: 'repaired' },
};
const view: Difference = {
  class: 'view-differs',
  key: 's/CUP',
  about: null,
  what: 'onHand is 2, the journal has 3',
  mend: 'npx millrace views rebuild',
  repair: null,
};

test('names each difference with its mend, and what its class means', () => {
  const lines = stockCheckText({ ...counts, differences: [left, view], repaired: [] }).split('\n');
  expect(lines).toHaveLength(6);
  expect(lines[2]).toMatch(
    /^hold-left-open +o-1:MUG +4 held, the order is closed +npx millrace stock check --repair/,
  );
  expect(lines[3]).toMatch(/^view-differs +s\/CUP .*npx millrace views rebuild$/);
  expect(lines[4]).toMatch(/^hold-left-open: the order has ended/);
});

test('says what was appended in place of the mend', () => {
  expect(stockCheckText({ ...counts, differences: [left, view], repaired: [left] })).toContain(
    'appended ReleaseHold',
  );
});

test('says what was looked at where nothing differs', () => {
  expect(stockCheckText({ ...counts, documents: null, differences: [], repaired: [] })).toBe(
    '2 SKUs, 3 holds and sales, 1 orders, no view was there to compare: no difference.',
  );
});
