import { expect, test } from 'vitest';
import { totalsOf } from './totals.ts';

test('each currency is summed by itself', () => {
  const rows = [
    { currency: 'GBP', units: 1 },
    { currency: 'JPY', units: 5 },
    { currency: 'GBP', units: 2 },
  ];
  expect(totalsOf(rows, ['units'])).toEqual([
    { currency: 'GBP', units: 3 },
    { currency: 'JPY', units: 5 },
  ]);
});

test('rows that fit alone but not added are a range too wide, not a fault of ours', () => {
  const rows = Array.from({ length: 2 }, () => ({ currency: 'GBP', gross_minor: Number.MAX_SAFE_INTEGER }));
  expect(() => totalsOf(rows, ['gross_minor'])).toThrow(
    expect.objectContaining({ code: 'range-too-wide', message: expect.stringContaining('2^53') }),
  );
});
