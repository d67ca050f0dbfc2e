import { expect, test } from 'vitest';
import type { Report } from './report.ts';
import { quote, writeReport } from './write-report.ts';

const meta = { report: 'top-skus', complete_until: '2026-01-01T00:00:00.000Z' } as Report['meta'];
const report: Report = {
  data: [
    { sku: '=HYPERLINK("x")', units: 1, partial: false },
    { sku: 'a,"b"', units: -2, partial: true },
  ],
  totals: [],
  meta,
};

const columns = ['sku', 'units', 'partial'];

test('CSV holds the same rows, quoted, and no text that a spreadsheet would run', () => {
  const { body, headers } = writeReport(report, 'csv', columns);
  expect(body).toBe('sku,units,partial\r\n"\'=HYPERLINK(""x"")",1,false\r\n"a,""b""",-2,true\r\n');
  expect(headers['Complete-Until']).toBe(meta.complete_until);
});

test.each(['=1', '+1', '-1', '@x', '\tx'])('the text %j becomes harmless', (text) => {
  expect(quote(text).replace(/^"/, '')).toMatch(/^'/);
});

test('a number stays a number, an absent one is empty', () => {
  expect([quote(-1), quote(null), quote(true)]).toEqual(['-1', '', 'true']);
});

test('CSV has its head without a row too', () => {
  expect(writeReport({ ...report, data: [] }, 'csv', columns).body).toBe('sku,units,partial\r\n');
});

test('NDJSON is a row a line', () => {
  const { body } = writeReport(report, 'ndjson', columns);
  expect(
    body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(report.data);
});

test('an export that is not known to be complete says so', () => {
  const { headers } = writeReport({ ...report, meta: { ...meta, complete_until: null } }, 'csv', columns);
  expect(headers['Complete-Until']).toBe('unknown');
});
