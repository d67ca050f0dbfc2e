import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCli } from '../run-cli.ts';
import * as sales from './sales.ts';

const meta = {
  complete_until: '2026-06-02T10:00:00.000Z',
  tz: 'Pacific/Chatham',
  definition_version: 2,
  sql: 'SELECT 1 AS one',
};
const row = { bucket_local: '2026-06-02T00:00:00+12:45', currency: 'GBP', unconfirmed_minor: 60 };
const total = { currency: 'GBP', orders: 2, gross_minor: 1_500, refunds_minor: 0, net_minor: 1_500 };

let server: http.Server;
let asked: URL[];
beforeEach(async () => {
  asked = [];
  server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api');
    asked.push(url);
    if (url.searchParams.get('format') === 'csv') {
      response.setHeader('Complete-Until', meta.complete_until);
      response.end('currency,orders\r\nGBP,2\r\n');
      return;
    }
    const previous = url.searchParams.has('compare') ? { previous_gross_minor: 900 } : {};
    response.end(
      JSON.stringify({
        data: [{ ...row, ...total, ...previous }],
        totals: [{ ...total, ...previous }],
        meta,
      }),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
});

async function run(...argv: readonly string[]) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-06-01T11:30:00Z') }); // in Chatham 2 June, 00:15
  const text = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation(
    (chunk) => ((text.out += Buffer.from(chunk as Uint8Array).toString()), true),
  );
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((text.err += String(chunk)), true));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await runCli([sales], ['sales', ...argv, '--api', api, '--key', 'mr_test_x']);
  vi.restoreAllMocks();
  return { code, ...text };
}

test('today is that of the store’s zone, beside yesterday until the same time', async () => {
  const { code, out, err } = await run('today', '--compare');
  expect(code).toBe(0);
  expect(Object.fromEntries(asked.at(-1)?.searchParams ?? [])).toEqual({
    from: '2026-06-02',
    bucket: 'day',
    compare: 'previousPeriod',
  });
  expect(out.split('\n')).toEqual([
    'currency  orders  gross  previous gross  refunds  net   unconfirmed',
    'GBP       2       1500   900             0        1500  60',
    '',
  ]);
  expect(err).toContain('Complete until 2026-06-02T10:00:00.000Z; days of Pacific/Chatham');
});

test('a trend goes back so many days of the zone asked for, and shows the SQL behind it', async () => {
  const { out, err } = await run('trend', '--days', '14', '--tz', 'europe/london', '--explain');
  expect(asked.map((url) => Object.fromEntries(url.searchParams))).toEqual([
    { from: '2026-05-19', bucket: 'day', tz: 'Europe/London' },
  ]);
  expect(out).toContain('2026-06-02');
  expect(err).toContain('SELECT 1 AS one');
});

test('CSV comes from the API as it is; how far it is complete stands beside it', async () => {
  const { out, err } = await run('top', '--limit', '3', '--sort', 'units', '--csv');
  expect(asked.at(-1)?.pathname).toBe('/v1/analytics/top-skus');
  expect(asked.at(-1)?.searchParams.get('limit')).toBe('3');
  expect([out, err]).toEqual(['currency,orders\r\nGBP,2\r\n', `Complete until ${meta.complete_until}.\n`]);
});
