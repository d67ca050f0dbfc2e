import { expect, test } from 'vitest';
import { parseScheduledReports } from './scheduled-report.ts';

const entry = {
  name: 'daily-sales',
  store: 'demo',
  cron: '30 6 * * *',
  timeZone: 'Europe/London',
  report: 'sales',
  range: 'yesterday',
  parameters: { groupBy: 'sku' },
  folder: 'out',
};
const parse = (...reports: readonly unknown[]) =>
  parseScheduledReports({ reports }, '/etc/millrace/reports.json');

test('an entry is a report, its folder beside the file', () => {
  const [report] = parse(entry);
  expect(report).toMatchObject({
    name: 'daily-sales',
    kind: { name: 'sales' },
    folder: '/etc/millrace/out',
    makeUp: 7,
    parameters: { groupBy: 'sku' },
  });
});

test.each([
  [{ name: 'Daily sales' }, /reports\[0\]\.name: wanted/],
  [{ name: '../up' }, /name: wanted/],
  [{ cron: '30 6 * *' }, /cron: .*wanted minute, hour, day, month and weekday/],
  [{ cron: '0 0 31 2 *' }, /cron: it is never due again/],
  [{ timeZone: 'London' }, /timeZone: wanted an IANA time zone/],
  [{ report: 'profit' }, /report: wanted one of sales, /],
  [{ range: 'today' }, /range: /],
  [{ parameters: { groupBy: 'colour' } }, /parameters\.groupBy: /],
  [{ parameters: { nothing: '1' } }, /parameters: .*nothing/],
  [{ parameters: { from: '2026-01-01' } }, /parameters\.from: range and timeZone of the entry say this/],
  [{ parameters: { format: 'parquet' } }, /parameters\.format: /],
  [{ makeUp: 0 }, /makeUp: /],
  [{ colour: 'red' }, /colour/],
])('%j is refused', (over, fault) => {
  expect(() => parse({ ...entry, ...over })).toThrow(fault);
});

test('all faults are told at once, two reports of one name among them', () => {
  let told = '';
  try {
    parse({ ...entry, report: 'profit', cron: 'x' }, entry, entry);
  } catch (error) {
    told = String(error);
  }
  expect(told).toContain('reports.json has 3 faults');
  expect(told).toContain('daily-sales is the name of several reports');
});

test('what is no list of reports is refused', () => {
  expect(() => parseScheduledReports([entry], 'x.json')).toThrow(/x\.json has a fault/);
});
