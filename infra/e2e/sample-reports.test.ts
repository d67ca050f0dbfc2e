import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Report, ReportRow } from '../../api/analytics/report.ts';
import { createJournal } from '../../sinks/clickhouse/testing/journal.ts';
import { ReportSampler } from './sample-reports.ts';
import { BareStore, type SampledReport, sampledReports } from './sampled-reports.ts';

const minuteMs = 60_000;
/** Start of the minute in which the sampler is made, epoch ms. */
const fromMs = Date.UTC(2026, 0, 2, 12);

beforeEach(() => void vi.setSystemTime(fromMs + 5_000));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const refunds = sampledReports.filter(({ path, query }) => path === 'refunds' && !('groupBy' in query));
const paidBack = { ...refunds[0], query: { bucket: 'minute' } } as SampledReport;

/** A shop that sold something and paid a part of it back in the first minute. */
function bareStore(): BareStore {
  const journal = createJournal('w', fromMs + 10_000);
  journal.live('cart', [{ sku: 'MUG', quantity: 2, unitMinor: 500 }]);
  const orders = journal.events.map(({ event: { atMs, body } }) => ({ atMs, body }));
  return new BareStore('demo', { orders, stock: [] });
}

/** A sampler of one report that has heard these rows from the API some times, then once more, complete for three minutes. */
async function sampled(report: SampledReport, data: readonly ReportRow[]): Promise<ReportSampler> {
  let asked = 0;
  vi.stubGlobal('fetch', async () => {
    asked += 1;
    const meta = { complete_until: new Date(fromMs + 3 * minuteMs).toISOString() } as Report['meta'];
    return Response.json({ data, totals: [], meta } satisfies Report);
  });
  const sampler = new ReportSampler({
    api: 'http://api',
    credential: 'k',
    reports: [report],
    partsDown: async () => [],
  });
  sampler.start();
  await vi.waitUntil(() => asked >= 2, { timeout: 20_000 });
  await sampler.finish();
  return sampler;
}

test('a report that never had a row is told where the log has figures for it', async () => {
  const sampler = await sampled(paidBack, []);
  const differences = sampler.differencesFrom(bareStore());
  expect(differences).toEqual([
    expect.stringMatching(
      /^refunds\?.* \["2026-01-02T12:00:00Z","GBP"\]: the report says nothing, the log \{/,
    ),
  ]);
});

test('one that has no row where the log has nothing either is no difference', async () => {
  const sampler = await sampled(paidBack, []);
  expect(sampler.differencesFrom(new BareStore('other', { orders: [], stock: [] }))).toEqual([]);
});

test('one whose figures are the log’s is no difference, one whose figures are others is', async () => {
  const [figures] = [
    ...bareStore()
      .rowsOf(paidBack, { fromMs, untilMs: fromMs + 3 * minuteMs }, null)
      .values(),
  ];
  const row: ReportRow = {
    ...(JSON.parse(figures ?? '{}') as ReportRow),
    bucket: '2026-01-02T12:00:00Z',
    currency: 'GBP',
    partial: false,
  };
  expect((await sampled(paidBack, [row])).differencesFrom(bareStore())).toEqual([]);
  const [name = ''] = Object.keys(JSON.parse(figures ?? '{}') as object);
  const wrong = await sampled(paidBack, [{ ...row, [name]: 4_711 }]);
  expect(wrong.differencesFrom(bareStore())).toHaveLength(1);
});
