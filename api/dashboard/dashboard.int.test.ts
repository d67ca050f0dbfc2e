import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Report, ReportRow as Row } from '../analytics/report.ts';
import {
  editLive,
  liveAnswer,
  openBrowser,
  openPage,
  tooWideBy,
  wcagFaults,
} from './testing/open-browser.ts';
import { serveDashboard } from './testing/serve-dashboard.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

let served: Awaited<ReturnType<typeof serveDashboard>>;
let browser: Browser;
let page: Page;
let faults: string[];

beforeAll(async () => {
  served = await serveDashboard(testEngines().clickhouseUrl);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await served.close();
});
beforeEach(async ({ task }) => {
  const opened = await openPage(browser);
  ({ page, faults } = opened);
  return () => opened.close(task);
});

async function signIn(key = served.key): Promise<void> {
  await page.goto(served.url);
  await page.getByLabel('API key').fill(key);
  await page.keyboard.press('Enter');
}
const ready = (id: string) => page.waitForSelector(`#${id}[data-state=ready]`);
const ask = async (path: string): Promise<Report> =>
  (await (
    await fetch(`${served.url}/v1/analytics/${path}`, { headers: { authorization: `Bearer ${served.key}` } })
  ).json()) as Report;
const figureOf = (id: string, label: string) =>
  page
    .locator(`#${id} .figures div`)
    .filter({ has: page.locator('dt', { hasText: label }) })
    .locator('dd')
    .first();
const sum = (rows: Report['data'], name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);

test('every number on the page is the one the API gives', async () => {
  await signIn();
  await ready('orders');
  await page.selectOption('#range', 'day');
  await Promise.all(['orders', 'sales', 'top-skus'].map(ready));
  const sales = await ask('sales?bucket=15m&from=2026-01-01&to=2026-04-01');
  expect(sales.data).toEqual([]); // the page's own range is what counts, not all there is
  const from = new Date(Date.now() - 86_400_000).toISOString();
  const [orders, sold, top] = await Promise.all([
    ask(`orders?bucket=15m&from=${from}`),
    ask(`sales?bucket=15m&from=${from}`),
    ask(`top-skus?from=${from}`),
  ]);
  const number = new Intl.NumberFormat('en-GB');
  const money = (minor: unknown, currency: string) =>
    new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(Number(minor) / 100);
  expect(await figureOf('orders', 'Placed').textContent()).toBe(number.format(sum(orders.data, 'placed')));
  expect(await figureOf('orders', 'Confirmed').textContent()).toBe(
    number.format(sum(orders.data, 'confirmed')),
  );
  expect(sold.totals.length).toBe(2);
  const shownSales = await page.locator('#sales .figures').allTextContents();
  for (const total of sold.totals) {
    const currency = String(total['currency']);
    const ofCurrency = sold.data.filter((row) => row['currency'] === currency);
    const unconfirmed = ofCurrency.at(-1)?.['unconfirmed_minor'];
    const block = shownSales.find((text) => text.includes(`Gross, ${currency}`));
    expect(block).toContain(`Gross, ${currency}${money(total['gross_minor'], currency)}`);
    expect(block).toContain(`Refunds${money(total['refunds_minor'], currency)}`);
    expect(block).toContain(`Net${money(total['net_minor'], currency)}`);
    expect(block).toContain(`Unconfirmed${money(unconfirmed, currency)}`);
    expect(Number(total['refunds_minor'])).toBeGreaterThan(0);
    expect(Number(total['net_minor'])).toBeLessThan(Number(total['gross_minor']));
  }
  const shown = await page.locator('#top-skus tbody tr').allTextContents();
  const wanted = top.data.toSorted((a, b) =>
    a['currency'] === b['currency'] ? 0 : a['currency'] === 'GBP' ? -1 : 1,
  );
  expect(shown).toEqual(
    wanted.map((row) =>
      [row['sku'], row['units'], row['orders'], money(row['gross_minor'], String(row['currency']))].join(''),
    ),
  );
  for (const id of ['orders', 'sales', 'top-skus']) {
    expect(await page.locator(`#${id} .complete`).textContent()).toMatch(/^Complete until \d\d:\d\d:\d\d$/);
  }
  expect(faults).toEqual([]);
});

test('the table behind a chart holds its rows, newest first', async () => {
  await signIn();
  await ready('orders');
  await page.locator('#orders summary').click();
  const rows = page.locator('#orders tbody tr');
  const cells = await rows.evaluateAll((trs) => trs.map((tr) => Number(tr.children[1]?.textContent)));
  expect(cells.reduce((total, placed) => total + placed, 0)).toBe(255);
  const starts = await page.locator('#orders tbody th').allTextContents();
  expect(starts).toEqual(starts.toSorted().toReversed());
});

test('an order that comes in appears by itself, and nothing is asked for it', async () => {
  await signIn();
  await Promise.all(['orders', 'sales', 'top-skus'].map(ready));
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await served.sellMore('FRESH-1', 123_456);
  await page.locator('#top-skus').getByText('FRESH-1').waitFor();
  await page.locator('#top-skus').getByText('£1,234.56').waitFor();
  expect(asked.filter((path) => path !== '/v1/live')).toEqual([]); // that one: a minute has begun, and a range moved on
  expect(faults).toEqual([]);
});

test('all panels of a page share one stream', async () => {
  await signIn();
  await Promise.all(['orders', 'sales', 'top-skus'].map(ready));
  await expect.poll(() => served.open.size).toBe(1);
  await page.getByRole('link', { name: 'Sales', exact: true }).click();
  await Promise.all(['sales', 'top-skus', 'funnel', 'hours'].map(ready));
  await expect.poll(() => served.open.size).toBe(1);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect.poll(() => served.open.size).toBe(0);
});

test('a stream that breaks is opened again by itself, and figures that changed meanwhile are there', async () => {
  await signIn();
  await ready('top-skus');
  await page.context().setOffline(true); // a network that is away opens no new one
  served.open.endAll();
  await page.waitForSelector('#top-skus[data-state=stale]');
  await page.getByRole('status').getByText('Trying again').waitFor();
  expect(await page.locator('#top-skus tbody tr').count()).toBeGreaterThan(0);
  await served.sellMore('FRESH-3', 654_321);
  await page.context().setOffline(false);
  await page.locator('#top-skus').getByText('FRESH-3').waitFor();
  await ready('top-skus');
});

test('a session that ends leads to the sign-in', async () => {
  const key = served.addKey();
  await signIn(key.text);
  await ready('orders');
  served.revoke(key.keyId);
  await page.getByText('Your session has ended').waitFor();
  await page.getByLabel('API key').waitFor();
});

test('a wrong key is told in words, and the right one then works', async () => {
  await signIn('mr_test_wrong');
  await page.getByText('No valid API key').waitFor();
  await page.getByLabel('API key').fill(served.key);
  await page.keyboard.press('Enter');
  await ready('orders');
});

test('who signs in while the server sheds load is let in when it no longer does', async () => {
  let shed = 0;
  await page.route('**/v1/session', async (route) => {
    shed += 1;
    if (shed > 2) return route.continue();
    const json = {
      type: '/problems/overloaded',
      title: 'The server sheds load',
      status: 503,
      requestId: null,
    };
    return route.fulfill({ status: 503, contentType: 'application/problem+json', json });
  });
  await signIn();
  await page.getByText('The server sheds load. Trying again.').waitFor();
  await ready('orders');
  expect(shed).toBeGreaterThanOrEqual(3);
});

test('the key becomes a cookie no script can read; a reload stays in, signing out ends it', async () => {
  await signIn();
  await ready('orders');
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(cookie?.value).not.toContain(served.key);
  const kept = await page.evaluate(
    () => document.cookie + JSON.stringify(localStorage) + document.documentElement.outerHTML,
  );
  expect(kept).not.toContain(served.key);
  await page.reload();
  await ready('orders');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  expect(await page.context().cookies()).toEqual([]);
  expect(faults).toEqual([]);
});

test('a key behind # fills the form and leaves the address bar', async () => {
  await page.goto(`${served.url}/#key=${served.key}`);
  expect(await page.getByLabel('API key').inputValue()).toBe(served.key);
  expect(page.url()).not.toContain('key');
  await page.keyboard.press('Enter');
  await ready('orders');
});

test('a key behind # leaves the address bar also where somebody is signed in, and is not kept', async () => {
  await signIn();
  await ready('orders');
  await page.goto('about:blank');
  await page.goto(`${served.url}/#key=mr_test_other`);
  await ready('orders');
  expect(page.url()).toBe(`${served.url}/`);
  await page.evaluate(() => {
    location.hash = 'key=mr_test_third';
  });
  await expect.poll(() => page.url()).toBe(`${served.url}/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  expect(await page.getByLabel('API key').inputValue()).toBe('');
  await page.goBack();
  expect(page.url()).toBe(`${served.url}/`);
});

test('without ClickHouse the figures stay, greyed, with the code of the fault; a new page shows no zeros', async () => {
  await signIn();
  await ready('sales');
  const before = await figureOf('sales', 'Gross, GBP').textContent();
  await served.away();
  try {
    await page.waitForSelector('#sales[data-state=stale]');
    expect(await figureOf('sales', 'Gross, GBP').textContent()).toBe(before);
    expect(await page.locator('#sales .error').textContent()).toMatch(/view-unavailable · request \S+/);
    await page.reload();
    await page.waitForSelector('#sales[data-state=error]');
    expect(await page.locator('#sales .figures').count()).toBe(0);
    expect(await page.locator('#sales .complete').textContent()).toBe('Complete until –');
  } finally {
    await served.back();
  }
  await page.locator('#sales').getByRole('button', { name: 'Try again' }).click();
  await ready('sales');
  expect(await figureOf('sales', 'Gross, GBP').textContent()).toBe(before);
});

test('the last reconciliation is a tile: none, 0 unexplained as of then, or what is unexplained and the command', async () => {
  const tile = page.locator('#reconciliation');
  const reconciled = (day: string, unexplained: number, agoMs: number): void =>
    served.reconciled.apply({
      store: 'demo',
      atMs: Date.now() - agoMs,
      body: {
        type: 'DayReconciled',
        day,
        moves: 9,
        unexplained,
        unchecked: 1,
        differences: [
          { class: 'timing', where: 'payout', currency: 'GBP', count: 1, amountMinor: 9_900 },
          ...(unexplained > 0
            ? [{ class: 'double', where: 'payout', currency: 'GBP', count: unexplained, amountMinor: 1_530 }]
            : []),
        ],
      },
    });
  await signIn();
  await page.waitForSelector('#reconciliation[data-state=empty]');
  expect(await tile.textContent()).toContain('As of –');
  expect(await tile.textContent()).toContain('npx millrace reconcile --day <date>');
  expect(await tile.locator('.figures').count()).toBe(0);

  const days = 86_400_000;
  reconciled('2026-01-05', 0, 3 * days);
  await page.waitForSelector('#reconciliation[data-state=stale]');
  expect(await figureOf('reconciliation', 'Unexplained').textContent()).toBe('0');
  expect(await figureOf('reconciliation', 'Not compared').textContent()).toBe('1');
  expect(await figureOf('reconciliation', 'Last day').textContent()).toBe('2026-01-05');
  expect(await tile.locator('.complete').textContent()).toMatch(/^As of .*, 72 h ago$/);
  expect(await tile.locator('table').count()).toBe(0);

  reconciled('2026-01-06', 2, 0);
  await ready('reconciliation');
  expect(await figureOf('reconciliation', 'Unexplained').textContent()).toBe('2');
  expect(await tile.locator('.complete').textContent()).toMatch(/^As of \d\d:\d\d:\d\d$/);
  expect(await tile.locator('tbody tr').allTextContents()).toEqual(['2026-01-06doublepayout2£15.30']);
  await tile.getByText('npx millrace reconcile --day 2026-01-06').waitFor();

  reconciled('2026-01-06', 0, 0);
  await expect.poll(() => figureOf('reconciliation', 'Unexplained').textContent()).toBe('0');
  expect(faults).toEqual([]);
});

test('a hidden page has no stream, and what changed meanwhile is there when it is seen again', async () => {
  await signIn();
  await Promise.all(['orders', 'sales', 'top-skus'].map(ready));
  await expect.poll(() => served.open.size).toBe(1);
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state === 'hidden');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await show('hidden');
  await expect.poll(() => served.open.size).toBe(0);
  await served.sellMore('FRESH-4', 777_777);
  expect(asked).toEqual([]);
  expect(await page.locator('#top-skus').getByText('FRESH-4').count()).toBe(0);
  await show('visible');
  await page.locator('#top-skus').getByText('FRESH-4').waitFor();
  expect(served.open.size).toBe(1);
});

test('the range stands in the address, and the way back leads to the one before', async () => {
  await signIn();
  await page.selectOption('#range', 'month');
  expect(page.url()).toContain('?range=month');
  await page.reload();
  await ready('orders');
  expect(await page.locator('#range').inputValue()).toBe('month');
  await page.goBack();
  await expect.poll(() => page.locator('#range').inputValue()).toBe('hour');
});

test('a keyboard reaches everything, names say what each thing is', async () => {
  await signIn();
  await ready('orders');
  await page.evaluate(() => document.body.focus());
  const reached = new Set<string>();
  for (let i = 0; i < 15; i += 1) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 20) ?? ''));
  }
  for (const name of ['API reference', 'Sign out', 'Show as a table']) expect([...reached]).toContain(name);
  expect(await page.getByRole('region', { name: 'Orders', exact: true }).count()).toBe(1);
  expect(await page.getByRole('img', { name: /Orders in the last hour: \d+ placed/ }).count()).toBe(1);
  expect(await page.getByRole('main').count()).toBe(1);
});

/** The shop goes on: without news for a minute its figures would be old ones. */
const goOn = () => served.sellMore('FRESH-2', 100);

test('sales stand beside those before, and a click on a SKU is a filter in numbers, CSV and address', async () => {
  await goOn();
  await signIn();
  await ready('orders');
  await page.getByRole('link', { name: 'Sales', exact: true }).click();
  await Promise.all(['sales', 'top-skus', 'funnel', 'hours'].map(ready));
  const everything = (await ask('sales?bucket=hour')).totals.find((row) => row['currency'] === 'GBP');
  const money = (minor: unknown, currency: string) =>
    new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(Number(minor) / 100);
  expect(await figureOf('sales', 'Gross, GBP').textContent()).toBe(money(everything?.['gross_minor'], 'GBP'));
  expect(await figureOf('sales', 'Before').textContent()).toBe('£0.00'); // the shop is an hour old
  await page.locator('#top-skus').getByRole('link', { name: '22423' }).first().click();
  await expect.poll(() => page.url()).toContain('sku=22423');
  const { totals } = await ask('sales?bucket=hour&sku=22423');
  const gross = money(totals.find((row) => row['currency'] === 'GBP')?.['gross_minor'], 'GBP');
  expect(gross).not.toBe(money(everything?.['gross_minor'], 'GBP'));
  await expect.poll(() => figureOf('sales', 'Gross, GBP').textContent()).toBe(gross);
  const csv = await page.locator('#sales').getByRole('link', { name: 'CSV' }).getAttribute('href');
  expect(csv).toContain('sku=22423');
  const lines = await page.evaluate(async (href) => (await fetch(String(href))).text(), csv);
  expect(lines).toMatch(/gross_minor/);
  expect(await page.locator('#sales pre').textContent()).toMatch(/SELECT[\s\S]*\{sku\} = "22423"/);
  await page.getByRole('link', { name: /SKU 22423/ }).click();
  await expect.poll(() => page.url()).not.toContain('sku');
  expect(faults).toEqual([]);
});

test('the period before and what figures mean are what the API says', async () => {
  const half = 1_800_000;
  served.goAhead(half); // half of the sales lie in the hour before the last one
  await editLive(page);
  try {
    await signIn();
    await page.waitForSelector('#sales[data-state=stale]'); // signed in
    await page.goto(`${served.url}/sales`);
    await page.waitForSelector('#sales[data-state=stale]'); // from here on it knows the server's clock
    const told = await liveAnswer<Report>(page, /analytics\/sales\?.*compare=previousPeriod/);
    if (told === null) throw new Error('the page shows sales that it was not told of');
    const { totals, data } = told;
    const before = Number(totals.find((row) => row['currency'] === 'GBP')?.['previous_gross_minor']);
    expect(before).toBeGreaterThan(0);
    expect(before).toBe(
      sum(
        data.filter((row) => row['currency'] === 'GBP'),
        'previous_gross_minor',
      ),
    );
    const text = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(before / 100);
    const shown = figureOf('sales', 'Before');
    await expect.poll(() => shown.textContent()).toBe(text);
    expect(await page.locator('#sales .chart').first().getAttribute('aria-label')).toContain(text);

    const headers = { authorization: `Bearer ${served.key}` };
    const { reports } = (await (await fetch(`${served.url}/v1/analytics`, { headers })).json()) as {
      reports: { name: string; definition: string; columns: Record<string, string> }[];
    };
    for (const [panel, report, title, column] of [
      ['sales', 'sales', 'Gross', 'gross_minor'],
      ['top-skus', 'top-skus', 'Units', 'units'],
    ] as const) {
      const wanted = reports.find(({ name }) => name === report);
      const table = page.locator(`#${panel} table`).first();
      expect(wanted?.definition).toBeTruthy();
      expect(await table.locator('caption').textContent()).toContain(wanted?.definition);
      const header = table.locator('thead th', { hasText: title });
      expect(await header.getAttribute('title')).toBe(wanted?.columns[column]);
    }
    const gross = page.locator('#sales .figures div').first();
    expect(await gross.getAttribute('title')).toBe(
      reports.find(({ name }) => name === 'sales')?.columns['gross_minor'],
    );
  } finally {
    served.goAhead(0);
  }
  expect(faults).toEqual([]);
});

test('the funnel and the hours of the week add up to the reports', async () => {
  await goOn();
  await signIn();
  await ready('orders'); // signed in
  // nobody left this shop on the way: numbers that tell the columns apart stand in for its own
  const numbered = (row: Row, first: number): Row =>
    Object.fromEntries(
      Object.entries(row).map(([name, value], i) => [name, typeof value === 'number' ? first + i : value]),
    );
  await editLive(page, (path, body) => {
    if (!path.includes('/funnel')) return body;
    const { totals, data, meta } = body as Report;
    const count = (row: Row, first: number): Row =>
      Object.fromEntries(
        Object.entries(row).map(([name, value], i) => [name, typeof value === 'number' ? first + i : value]),
      );
    return { meta, totals: totals.map((row) => count(row, 100)), data: data.map((row) => count(row, 200)) };
  });
  await page.goto(`${served.url}/sales?currency=EUR`);
  await Promise.all(['funnel', 'hours'].map(ready));
  const asked = await ask('funnel?bucket=hour&currency=EUR');
  expect(asked.totals).toHaveLength(1);
  const [total, last] = [numbered(asked.totals[0] ?? {}, 100), numbered(asked.data.at(-1) ?? {}, 200)];
  const rows = await page
    .locator('#funnel tbody tr')
    .evaluateAll((trs) => trs.map((tr) => [...tr.children].map((cell) => cell.textContent)));
  expect(rows.map((cells) => cells.filter((_, i) => i !== 1))).toEqual([
    ['Placed', String(total['placed']), String(total['left_holding']), String(last['in_holding'])],
    ['Stock held', String(total['held']), String(total['left_authorizing']), String(last['in_authorizing'])],
    [
      'Money reserved',
      String(total['authorized']),
      String(total['left_committing']),
      String(last['in_committing']),
    ],
    ['Stock committed', String(total['committed']), '–', String(last['in_capturing'])],
    ['Sold', String(total['confirmed']), '–', '–'],
  ]);
  const sold = (await ask('sales?bucket=hour&currency=EUR')).totals[0]?.['gross_minor'];
  const cells = await page
    .locator('#hours td')
    .evaluateAll((tds) => tds.map((td) => td.getAttribute('title') ?? ''));
  const minor = cells.map((text) => Number(text.replaceAll(/\D/g, '')));
  expect(cells).toHaveLength(7 * 24);
  expect(minor.reduce((total, of) => total + of, 0)).toBe(Number(sold));
});

test.each([
  ['/', ['orders', 'sales', 'top-skus']],
  ['/sales', ['sales', 'top-skus', 'funnel', 'hours']],
])('%s keeps WCAG 2.2 AA in light and dark, and fits a phone', async (path, panels) => {
  await goOn();
  await page.goto(served.url + path);
  expect(await wcagFaults(page)).toEqual([]); // the sign-in
  await page.getByLabel('API key').fill(served.key);
  await page.keyboard.press('Enter');
  await Promise.all(panels.map(ready));
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await wcagFaults(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await tooWideBy(page)).toBe(0);
  expect(await wcagFaults(page)).toEqual([]);
});

test('money of a currency that the store does not sell in has the digits of its minor units, not of its cash', async () => {
  await served.sellMore('DINAR-1', 123_456, 'IQD');
  await signIn();
  await ready('top-skus');
  const table = page.locator('#top-skus').getByRole('region', { name: 'Top SKUs in IQD' });
  expect(await table.locator('tbody td').last().textContent()).toMatch(/^IQD\s123\.456$/);
  await ready('sales');
  expect(await figureOf('sales', 'Gross, IQD').textContent()).toMatch(/^IQD\s123\.456$/);
});
