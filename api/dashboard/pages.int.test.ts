import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import type { components } from '../client/generated/api-types.ts';
import { startSimulator } from '../../infra/psp/simulator/start.ts';
import { startPayments } from '../../processors/payments/start.ts';
import { type ApiStack, orderRoles, startApiStack } from '../testing/api-stack.ts';
import { openBrowser, openPage, tooWideBy, wcagFaults } from './testing/open-browser.ts';

type Schemas = components['schemas'];

const store = `D-${randomUUID().slice(0, 8)}`;
const sku = `W${randomUUID().slice(0, 6)}`.toUpperCase();
let stack: ApiStack;
let url: string;
let key: string;
let browser: Browser;
let page: Page;
let faults: string[];
const placed: string[] = [];

beforeAll(async () => {
  [stack, browser] = await Promise.all([startApiStack([startPayments, ...orderRoles]), openBrowser()]);
  const provider = await stack.startRole(
    startSimulator({ seed: 1, latency: { minMs: 0, maxMs: 5 }, keyTtlMs: 86_400_000, keepsErrors: true }),
  );
  url = `http://127.0.0.1:${(await stack.startApi()).port}`;
  await stack.putStore(store, ['GBP']);
  key = await stack.putKey(store, [
    'analytics:read',
    'orders:read',
    'orders:write',
    'stock:write',
    'catalogue:write',
    'ops:read',
  ]);
  await until(async () => (await fetch(`${url}/v1/orders`, { headers: bearer() })).status === 200);
  const product = { name: 'Lantern', prices: [{ currency: 'GBP', unitPriceMinor: 255 }] };
  await follow(await send('PUT', `/v1/catalogue/${sku}`, product));
  await follow(await send('POST', `/v1/stock/${sku}/movements`, { type: 'receive', quantity: 1_000 }));
  for (const token of ['tok_ok', 'tok_ok', 'tok_declined', 'tok_pending_never', 'tok_lookup_unavailable']) {
    placed.push(await place(token));
  }
  await until(async () => (await api<Schemas['Order']>(`/v1/orders/${placed[0]}`)).status === 'confirmed');
  await until(async () => (await api<Schemas['Order']>(`/v1/orders/${placed[2]}`)).status === 'declined');
  await until(async () => (await api<Schemas['StuckOrders']>(stuckMoney)).count > 0);
  await provider.stop(); // who is asked no more can make nothing known
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});
beforeEach(async ({ task }) => {
  const opened = await openPage(browser);
  ({ page, faults } = opened);
  return () => opened.close(task);
});

const stuckMoney = '/v1/ops/orders?stuck=true&on=money&limit=100';
const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${key}` });
const api = async <T>(path: string): Promise<T> =>
  (await (await fetch(url + path, { headers: { ...bearer(), Prefer: 'wait=10' } })).json()) as T;

async function send(method: string, path: string, body: unknown): Promise<Response> {
  const headers = {
    ...bearer(),
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  };
  const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  expect(answer.status, await answer.clone().text()).toBe(202);
  return answer;
}
const follow = async (answer: Response): Promise<unknown> => api(answer.headers.get('location') ?? '');

async function place(paymentToken: string): Promise<string> {
  const body = { customerId: 'c-17850', currency: 'GBP', lines: [{ sku, quantity: 3 }], paymentToken };
  const answer = await send('POST', '/v1/orders', body);
  return ((await answer.json()) as { orderId: string }).orderId;
}

/** Signs in on a page of the dashboard and waits until the panel has figures. */
async function open(path: string, panel: string, by = key): Promise<void> {
  await page.goto(url + path);
  await page.getByLabel('API key').fill(by);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`#${panel}[data-state=ready]`);
}
const cellsOf = (panel: string) =>
  page
    .locator(`#${panel} table`)
    .last()
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')),
    );

test('the orders are those of the API, newest first, and a filter stands in the address', async () => {
  await open('/orders', 'order-list');
  const { data } = await api<Schemas['OrderPage']>('/v1/orders?limit=50');
  expect(data.length).toBe(placed.length);
  const cells = await cellsOf('order-list');
  expect(cells.map(([id]) => id)).toEqual(data.map(({ orderId }) => orderId));
  expect(cells.map((row) => row.at(-1))).toEqual(data.map(({ totalMinor }) => `£${totalMinor / 100}`));
  await page.selectOption('#status', 'declined');
  await expect.poll(() => page.url()).toContain('status=declined');
  await expect.poll(async () => (await cellsOf('order-list')).map(([id]) => id)).toEqual([placed[2]]);
  await page.goBack();
  await expect.poll(async () => (await cellsOf('order-list')).length).toBe(placed.length);
  expect(faults).toEqual([]);
});

test('one field finds an order, a customer and a SKU, and says where it finds nothing', async () => {
  await open('/orders', 'order-list');
  const search = async (text: string): Promise<void> => {
    await page.keyboard.press('/');
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };
  await page.locator('main').focus();
  await search('c-17850');
  await expect.poll(() => page.url()).toBe(`${url}/orders?customerId=c-17850`);
  await page.locator('main').focus();
  await search(sku);
  await expect.poll(() => page.url()).toBe(`${url}/orders?sku=${sku}`);
  await page.locator('main').focus();
  await search('nobody-knows-me');
  await page.getByText('No order, customer or SKU with orders is called nobody-knows-me.').waitFor();
  await page.locator('#search').fill(String(placed[1]));
  await page.keyboard.press('Enter');
  await page.waitForSelector('#order[data-state=ready]');
  expect(page.url()).toBe(`${url}/orders/${placed[1]}`);
});

test('an order shows whom it waits for, and what happens to it appears by itself', async () => {
  const id = String(placed[3]);
  await open(`/orders/${id}`, 'order');
  const before = await api<Schemas['Order']>(`/v1/orders/${id}`);
  const [wait] = before.waitingFor;
  await page.getByText(`Waiting for ${wait?.whom}: ${wait?.what}, until`).waitFor();
  const events = page.locator('.timeline li');
  const { data } = await api<Schemas['OrderEventPage']>(`/v1/orders/${id}/events`);
  expect(await events.locator('strong').allTextContents()).toEqual(data.map(({ type }) => type));
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await send('POST', `/v1/orders/${id}/cancel`, { reason: 'changed my mind' });
  await expect.poll(() => events.count()).toBeGreaterThan(data.length);
  expect(asked).toEqual([]);
  expect(faults).toEqual([]);
});

test('an order that is not there is told with its code and request id', async () => {
  await open('/orders', 'order-list');
  await page.goto(`${url}/orders/o-0123456789ABCDEFGHJKMNPQRS`);
  await page.waitForSelector('#order[data-state=error]');
  expect(await page.locator('#order .error').textContent()).toMatch(/not-found · request \S+/);
});

test('an address that is no text shows the page and what the API says of it', async () => {
  await open('/orders', 'order-list');
  await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = '/orders/%E0';
    document.querySelector('main')?.append(link);
    link.click();
  });
  await page.waitForSelector('#order[data-state=error]');
  expect(await page.locator('h1').textContent()).toBe('Order %E0');
});

test('an order that waits for the warehouse has no deadline, and says so', async () => {
  await open(`/orders/${placed[0]}`, 'order');
  await page.getByText('Waiting for warehouse: 3 pieces to be shipped, no deadline').waitFor();
});

test('the bar is a line and the pages another at 1280 px, also of a store with a long name', async () => {
  await page.route('**/v1/session', async (route) => {
    const response = await route.fetch();
    const name = 'The Sheffield Lantern and Candle Company (Wholesale)';
    await route.fulfill({ response, json: { ...((await response.json()) as object), name } });
  });
  await open('/orders', 'order-list');
  const middles = await page.locator('.bar > :not(nav)').evaluateAll((parts) =>
    parts.map((part) => {
      const { top, bottom } = part.getBoundingClientRect();
      return Math.round((top + bottom) / 2);
    }),
  );
  expect(middles).toHaveLength(5); // brand, store, search, help, sign out
  expect(Math.max(...middles) - Math.min(...middles)).toBeLessThanOrEqual(2);
  const lines = await page
    .locator('.bar nav a')
    .evaluateAll((links) => new Set(links.map((link) => link.getBoundingClientRect().top)).size);
  expect(lines).toBe(1);
  expect(await tooWideBy(page)).toBe(0);
});

test('stock is what the API says, and a receipt appears by itself', async () => {
  await open('/stock', 'stock-levels');
  const [level] = (await api<Schemas['StockPage']>('/v1/stock')).data;
  const number = new Intl.NumberFormat('en-GB');
  expect((await cellsOf('stock-levels'))[0]?.slice(0, 5)).toEqual([
    sku,
    ...[level?.onHand, level?.held, level?.available, level?.allocated].map((of) => number.format(of ?? -1)),
  ]);
  await send('POST', `/v1/stock/${sku}/movements`, { type: 'receive', quantity: 500 });
  const wanted = number.format((level?.onHand ?? 0) + 500);
  await expect.poll(async () => (await cellsOf('stock-levels'))[0]?.[1]).toBe(wanted);
});

test('each partition of each group has its lag, its verdict and a line in the table', async () => {
  await open('/consumers', 'groups');
  const { data } = await api<Schemas['Groups']>('/v1/ops/groups');
  expect(await page.locator('#groups h3').allTextContents()).toEqual(data.map(({ group }) => group));
  const all = data.flatMap(({ partitions }) => partitions);
  expect(await page.locator('#groups .cell').count()).toBe(all.length);
  const unknown = all.filter(({ lagRecords }) => lagRecords === null).length;
  expect(unknown).toBeGreaterThan(0); // no sink runs here
  expect(await page.locator('#groups .cell.unknown').count()).toBe(unknown);
  expect(await page.locator('#groups .cell.unknown strong').first().textContent()).toBe('–');
  expect(await page.locator('#groups tbody tr').count()).toBe(all.length);
});

test('unknown money is listed with its age and what is at risk', async () => {
  await open('/payments', 'unknown-money');
  const { data, count } = await api<Schemas['StuckOrders']>(stuckMoney);
  expect((await cellsOf('unknown-money')).map(([id]) => id)).toEqual(data.map(({ orderId }) => orderId));
  const atRisk = data.reduce((sum, { payment }) => sum + payment.amountAtRiskMinor, 0);
  const figures = await page.locator('#unknown-money .figures').textContent();
  expect(figures).toContain(`Orders${count}`);
  expect(figures).toContain(`At risk, GBP£${(atRisk / 100).toFixed(2)}`);
  expect(atRisk).toBeGreaterThan(0);
  await page.waitForSelector('#waiting-person[data-state=empty]');
});

test('letters lead from page to page, ? tells which, and can be switched off', async () => {
  await open('/orders', 'order-list');
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const one of keys) await page.keyboard.press(one);
  };
  await page.locator('main').focus();
  await press('g', 'c');
  await page.waitForSelector('#groups[data-state=ready]');
  expect(page.url()).toBe(`${url}/consumers`);
  expect(await page.title()).toBe('Millrace · Consumers');
  expect(await page.locator('nav [aria-current=page]').textContent()).toBe('Consumers');
  await press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  expect(await wcagFaults(page)).toEqual([]);
  await page.getByLabel('single keys are shortcuts').uncheck();
  await press('Escape', 'g', 'o');
  expect(page.url()).toBe(`${url}/consumers`);
});

test('a key without a scope is told which one the page needs, and nothing is asked', async () => {
  const narrow = await stack.putKey(store, ['analytics:read']);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${url}/consumers`);
  await page.getByLabel('API key').fill(narrow);
  await page.keyboard.press('Enter');
  await page.getByText('needs ops:read').waitFor();
  expect(await page.getByRole('link', { name: 'Orders' }).count()).toBe(0);
  expect(asked.filter((one) => one.includes('/v1/ops') || one.includes('/v1/live'))).toEqual([]);
});

const everyPage = [
  ['/orders', 'order-list'],
  ['/orders/:id', 'order'],
  ['/payments', 'unknown-money'],
  ['/stock', 'stock-levels'],
  ['/consumers', 'groups'],
] as const;

test.each(everyPage)('%s keeps WCAG 2.2 AA in light and dark, and fits a phone', async (path, panel) => {
  await open(path.replace(':id', String(placed[0])), panel);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await wcagFaults(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await tooWideBy(page)).toBe(0);
  expect(await wcagFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
});
