import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AuditLog } from '../../infra/clients/audit-log.ts';
import { connectRedis, type Redis } from '../../infra/clients/redis.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { addGeneration, dropBeside } from '../../processors/views/generations.ts';
import { auditTopic } from '../../schemas/topic-catalogue.ts';
import type { Report } from '../analytics/report.ts';
import type { components } from '../client/generated/api-types.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from '../testing/api-stack.ts';
import { dropDatabase, sinkInto } from '../testing/caller.ts';
import { editLive, openBrowser, openPage, tooWideBy, wcagFaults } from './testing/open-browser.ts';

/** The pages for whoever connects a checkout or keeps the pipeline running: each beside what the API says. */
type Schemas = components['schemas'];

const store = `W-${randomUUID().slice(0, 8)}`;
const sku = `K${randomUUID().slice(0, 6)}`.toUpperCase();
const database = `workshop_${randomUUID().replaceAll('-', '')}`;
const everyScope = [
  'analytics:read',
  'catalogue:write',
  'ops:read',
  'orders:read',
  'orders:write',
  'stock:write',
];
let stack: ApiStack;
let redis: Redis;
let audit: AuditLog;
let url: string;
let key: string;
let revoked: string;
let browser: Browser;
let page: Page;
let faults: string[];
let heldOrder: string;

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    startApiStack([...orderAndMoneyRoles, sinkInto(database)]),
    openBrowser(),
  ]);
  const codec = stack.registry.createCodecs()[auditTopic];
  audit = new AuditLog({ log: stack.log, codec, nowMs: Date.now });
  redis = connectRedis({ url: stack.config.redisUrl, logger: pino({ level: 'silent' }) });
  url = `http://127.0.0.1:${(await stack.startApi({ CLICKHOUSE_DATABASE: database })).port}`;
  await stack.putStore(store, ['GBP']);
  revoked = await stack.putKey(store, ['orders:read']);
  await stack.revokeKey(store, revoked);
  key = await stack.putKey(store, everyScope as Parameters<ApiStack['putKey']>[1]);
  await until(async () => (await get('/v1/orders')).status === 200);
  const product = { name: 'Kettle', prices: [{ currency: 'GBP', unitPriceMinor: 255 }] };
  await follow(await send('PUT', `/v1/catalogue/${sku}`, product));
  await follow(await send('POST', `/v1/stock/${sku}/movements`, { type: 'receive', quantity: 100 }));
  await follow(
    await send('POST', `/v1/stock/${sku}/movements`, { type: 'adjust', quantity: -7, reason: 'damaged' }),
  );
  const sold = await place('tok_ok', 3);
  heldOrder = await place('tok_pending_never', 5);
  await until(async () => (await api<Schemas['Order']>(`/v1/orders/${sold}`)).status === 'confirmed');
  await follow(await send('POST', `/v1/orders/${sold}/shipments`, {}));
  await until(async () => (await api<Schemas['Stock']>(`/v1/stock/${sku}`)).held === 5);
  await until(async () => (await stockReport()).data?.at(-1)?.['shipped'] === 3); // 503 until the sink has its tables
});
afterAll(async () => {
  redis?.disconnect();
  await browser?.close();
  await stack?.stop();
  if (stack) await dropDatabase(stack.config.clickhouseUrl, database);
});
beforeEach(async ({ task }) => {
  const opened = await openPage(browser);
  ({ page, faults } = opened);
  return () => opened.close(task);
});

const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${key}` });
const get = (target: string): Promise<Response> =>
  fetch(url + target, { headers: { ...bearer(), Prefer: 'wait=10' } });
const api = async <T>(target: string): Promise<T> => (await (await get(target)).json()) as T;
const stockReport = (): Promise<Partial<Report>> =>
  api<Partial<Report>>(
    `/v1/analytics/stock?sku=${sku}&bucket=day&from=${new Date(Date.now() - 3_600_000).toISOString()}`,
  );

async function send(method: string, target: string, body: unknown): Promise<Response> {
  const headers = { ...bearer(), 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  const answer = await fetch(url + target, { method, headers, body: JSON.stringify(body) });
  expect(answer.status, await answer.clone().text()).toBe(202);
  return answer;
}
const follow = async (answer: Response): Promise<unknown> => api(answer.headers.get('location') ?? '');

const orderOf = (quantity: number, paymentToken: string) => ({
  customerId: 'c-17850',
  currency: 'GBP',
  lines: [{ sku, quantity }],
  paymentToken,
});
async function place(token: string, quantity: number): Promise<string> {
  const answer = await send('POST', '/v1/orders', orderOf(quantity, token));
  return ((await answer.json()) as { orderId: string }).orderId;
}

/** Signs in on a page of the dashboard and waits until the panel is in the state. */
async function open(target: string, panel: string, state = 'ready'): Promise<void> {
  await page.goto(url + target);
  await page.locator('#secret').fill(key);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`#${panel}[data-state=${state}]`);
}
const cellsOf = (panel: string) =>
  page
    .locator(`#${panel} table`)
    .last()
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')),
    );
const figureOf = (panel: string, label: string) =>
  page
    .locator(`#${panel} .figures div`)
    .filter({ has: page.locator('dt', { hasText: label }) })
    .locator('dd')
    .first()
    .textContent();

test('the request log is the API’s, and finds a request by status, problem and id', async () => {
  const orders = `${url}/v1/orders`;
  const body = JSON.stringify(orderOf(1, 'tok_ok'));
  const post = (requestId: string, cart: string, text: string) =>
    fetch(orders, {
      method: 'POST',
      headers: {
        ...bearer(),
        'Content-Type': 'application/json',
        'Request-Id': requestId,
        'Idempotency-Key': cart,
      },
      body: text,
    });
  const cart = randomUUID();
  expect((await post('first-1', cart, body)).status).toBe(202);
  expect((await post('again-1', cart, body)).headers.get('idempotent-replayed')).toBe('true');
  expect((await post('other-1', cart, body.replace('"quantity":1', '"quantity":2'))).status).toBe(422);
  expect((await post('broken-1', randomUUID(), '{"customerId"')).status).toBe(400);
  const log = () => api<Partial<Schemas['RequestLog']>>('/v1/requests?limit=100');
  await until(async () => {
    const { data = [] } = await log(); // 503 for as long as Redis is slower than a command may be
    return ['first-1', 'again-1', 'other-1', 'broken-1'].every((id) =>
      data.some(({ requestId }) => requestId === id),
    );
  });
  await open('/developers', 'requests');
  const { data, counts } = await api<Schemas['RequestLog']>('/v1/requests?limit=100&status=4xx');
  await page.selectOption('#request-status', '4xx');
  await expect.poll(() => page.url()).toContain('status=4xx');
  const shown = async () => (await cellsOf('requests')).map((cells) => [cells[7], cells[4], cells[5]]);
  await expect
    .poll(shown)
    .toEqual(
      data.map(({ requestId, problem, replayed }) => [requestId, problem, replayed ? 'replayed' : '–']),
    );
  expect(data.map(({ requestId }) => requestId)).toEqual(expect.arrayContaining(['other-1', 'broken-1']));
  await page.selectOption('#request-problem', 'idempotency-key-reused');
  await expect.poll(shown).toEqual([['other-1', 'idempotency-key-reused', '–']]);
  const link = page.locator('#requests').getByRole('link', { name: 'idempotency-key-reused' });
  expect(await link.getAttribute('href')).toBe('/problems/idempotency-key-reused');
  await page.goto(`${url}/developers`);
  await page.waitForSelector('#requests[data-state=ready]');
  await page.fill('#request-id', 'again-1');
  await page.keyboard.press('Enter');
  await expect.poll(shown).toEqual([['again-1', '–', 'replayed']]);
  await page.fill('#request-id', 'nobody');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#requests[data-state=empty]');

  const refused = counts.problems.reduce((sum, { count }) => sum + count, 0);
  expect(refused).toBeGreaterThanOrEqual(2);
  expect(await figureOf('problems', 'Refused or failed')).toBe(String(refused));
  expect((await cellsOf('problems')).map(([problem, , count]) => [problem, Number(count)])).toEqual(
    counts.problems.map(({ problem, count }) => [problem, count]),
  );
  const routes = ((await log()).data ?? []).map(({ route }) => route);
  expect(routes).toContain('/v1/session'); // signed in with the key itself
  expect(routes.filter((route) => ['/v1/keys', '/static'].includes(route))).toEqual([]); // asked for with the cookie
  expect(faults).toEqual([]);
});

test('the keys of the store are listed with what they may and when they were used, and no secret', async () => {
  await open('/developers', 'keys');
  const { data } = await api<Schemas['KeyList']>('/v1/keys');
  expect(data.map(({ state }) => state).toSorted()).toEqual(['live', 'revoked']);
  const cells = await cellsOf('keys');
  expect(cells.map(([id]) => id)).toEqual(
    data.map(({ keyId }) => `${keyId}${key.includes(keyId) ? ' (yours)' : ''}`),
  );
  const mine = cells.find(([id]) => id?.endsWith('(yours)'));
  expect(mine?.[2]).toContain('live');
  expect(mine?.[4]).toMatch(/\d\d:\d\d:\d\d$/);
  expect(mine?.at(-1)?.split(' ').toSorted()).toEqual(everyScope);
  expect(cells.find(([id]) => !id?.endsWith('(yours)'))?.[2]).toContain('revoked');
  const text = await page.content();
  for (const secret of [key, revoked]) expect(text).not.toContain(secret.slice(-40));
  expect(faults).toEqual([]);
});

test('the first order is copied from the very examples that are tested, and the tokens can be searched', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open('/developers', 'keys');
  const examples = path.resolve(import.meta.dirname, '../../examples');
  for (const [name, file] of [
    ['place.sh', 'curl/place.sh'],
    ['place-order.ts', 'typescript/place-order.ts'],
  ] as const) {
    const step = page.locator('#first-order details', { has: page.locator('summary', { hasText: name }) });
    if ((await step.getAttribute('open')) === null) await step.locator('summary').click();
    await step.getByRole('button', { name: `Copy: ${name}` }).click();
    await step.getByRole('button', { name: `Copied: ${name}` }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      readFileSync(path.join(examples, file), 'utf8'),
    );
  }
  const before = await page.locator('#test-tokens tbody tr').count();
  await page.fill('#token-words', 'declined never');
  await expect
    .poll(() => page.locator('#test-tokens tbody th').allTextContents())
    .toEqual(['tok_declined_never']);
  expect(before).toBeGreaterThan(40);
  expect(faults).toEqual([]);
});

test('the history of a SKU is the report’s, agrees with the view, and its holds are the view’s', async () => {
  await open('/stock', 'stock-levels');
  await page.locator('#stock-levels').getByRole('link', { name: sku }).click();
  await page.waitForSelector('#stock-history[data-state=ready]');
  expect(page.url()).toBe(`${url}/stock?sku=${sku}`);
  const [level, report] = await Promise.all([api<Schemas['Stock']>(`/v1/stock/${sku}`), stockReport()]);
  const last = report.data?.at(-1) ?? {};
  expect(await figureOf('stock-history', 'On hand')).toBe(String(last['on_hand']));
  expect(await figureOf('stock-history', 'Held')).toBe(String(level.held));
  for (const [label, column] of [
    ['Received', 'received'],
    ['Shipped', 'shipped'],
    ['Returned', 'restocked'],
    ['Corrected', 'adjusted'],
  ] as const)
    expect([label, await figureOf('stock-history', label)]).toEqual([
      label,
      String(report.totals?.[0]?.[column]),
    ]);
  expect(last).toMatchObject({ received: 100, shipped: 3, adjusted: -7, held: 5 });
  await page.locator('#stock-agreement').getByText('agrees').waitFor();

  await page.waitForSelector('#holds[data-state=ready]');
  expect((await cellsOf('holds')).map((cells) => [cells[0], cells[3], cells[4]])).toEqual([
    [heldOrder, sku, '5'],
  ]);
  expect(await figureOf('holds', 'Pieces held')).toBe(String(level.held));
  expect(await figureOf('holds', 'Held by the stock view')).toBe(String(level.held));
  await page.locator('#holds').getByRole('link', { name: heldOrder }).click();
  await page.waitForSelector('#order[data-state=ready]');
  expect(faults).toEqual([]);
});

test('ledger and view that differ are told apart, with the command that looks closer', async () => {
  await editLive(page, (target, body) =>
    /^\/v1\/stock\/[^?]+$/.test(target) ? { ...(body as object), held: 9 } : body,
  );
  await open(`/stock?sku=${sku}`, 'stock-history');
  const words = page.locator('#stock-agreement');
  await words.getByText('differs').waitFor();
  expect(await words.textContent()).toMatch(
    /held: 5 in the ledger, 9 in the view.*npx millrace stock check/s,
  );
});

test('a SKU that did not move says so', async () => {
  await open('/stock?sku=NEVER-MOVED', 'stock-history', 'empty');
  expect(await page.locator('#stock-history').textContent()).toContain('Nothing of NEVER-MOVED moved');
});

test.each([
  ['/developers', 'requests'],
  ['/stock', 'stock-levels'],
  ['/views', 'views'],
  ['/audit', 'audit-records'],
])('%s without its stream says so and shows no zeros', async (target, panel) => {
  await page.route('**/v1/live?*', (route) => route.abort());
  await open(target, panel, 'error');
  // "overloaded" at first, where the API sheds the question whether the session stands
  await expect.poll(() => page.locator(`#${panel} .error`).textContent()).toContain('no-answer');
  expect(await page.locator(`#${panel} .figures`).count()).toBe(0);
});

test('the views show what is live, and a rebuild beside it until it has caught up', async () => {
  await open('/views', 'views');
  const { data } = await api<Schemas['Views']>('/v1/ops/views');
  expect(data).toHaveLength(8); // orders and stock, 4 partitions each
  expect((await cellsOf('views')).map((cells) => [cells[0], cells[1], cells[5]])).toEqual(
    data.map(({ view, partition }) => [`${view} ${partition}`, 'v1', '–']),
  );
  expect(await figureOf('views', 'Beside')).toBe('–');
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  await addGeneration(redis, 4);
  try {
    await expect.poll(() => figureOf('views', 'Beside')).toBe('v2');
    await expect.poll(() => figureOf('views', 'Records to go')).toBe('0');
    await page.getByText('npx millrace views compare').waitFor();
  } finally {
    await dropBeside(redis, 4, pause);
  }
  await expect.poll(() => figureOf('views', 'Beside')).toBe('–');
  expect(faults).toEqual([]);
});

test('what somebody privileged did to the store is listed with its chain; what concerns another store is not', async () => {
  const effect = (target: string, what: 'key.put' | 'views.flip', reason: string) =>
    audit.announce({ actor: 'operator:jo', what, target, reason, effectId: randomUUID() });
  await effect(`${store}/0123456789abcdef`, 'key.put', 'for the checkout');
  await effect('OTHER-STORE/0123456789abcdef', 'key.put', 'not yours');
  await effect('v9', 'views.flip', 'rebuilt');
  const records = () => api<Schemas['AuditRecords']>('/v1/ops/audit-records?limit=100');
  await until(async () => (await records()).data.some(({ reason }) => reason === 'rebuilt'));
  await open('/audit', 'audit-records');
  const { data, count } = await records();
  const cells = await cellsOf('audit-records');
  expect(cells.map((row) => [row[2], row[3], row[4]])).toEqual(
    data.map(({ what, target, reason }) => [what, target, reason]),
  );
  expect(data[0]).toMatchObject({ what: 'views.flip', target: 'v9', sound: true, actor: 'operator:jo' });
  expect(data.map(({ reason }) => reason)).toContain('for the checkout');
  expect(JSON.stringify(data)).not.toMatch(/OTHER-STORE|not yours/);
  expect(await figureOf('audit-records', 'Records')).toBe(String(count));
  expect(await figureOf('audit-records', 'Changed since')).toBe('0');
  expect(faults).toEqual([]);
});

test('letters lead to every page, and ? names each', async () => {
  await open('/orders', 'order-list');
  for (const [letter, panel, name] of [
    ['d', 'requests', 'Developers'],
    ['k', 'stock-levels', 'Stock'],
    ['v', 'views', 'Views'],
    ['a', 'audit-records', 'Audit'],
  ] as const) {
    await page.locator('main').focus();
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await page.waitForSelector(`#${panel}`);
    expect(await page.title()).toBe(`Millrace · ${name}`);
  }
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await help.waitFor();
  const named = await help.locator('dd').allTextContents();
  const pages = (await page.locator('nav a').allTextContents()).filter((name) => name !== 'API reference');
  expect(named.filter((name) => pages.includes(name))).toEqual(pages);
  expect(pages).toHaveLength(9);
});

test('a page whose code does not come says so, and comes with the next try', async () => {
  await page.route('**/views-page.js', (route) => route.abort());
  await page.goto(`${url}/views`);
  await page.locator('#secret').fill(key);
  await page.keyboard.press('Enter');
  await page.getByText('This page could not be loaded').waitFor();
  await page.unroute('**/views-page.js');
  await page.getByRole('button', { name: 'Load it again' }).click();
  await page.waitForSelector('#views[data-state=ready]');
});

test.each([
  ['/developers', ['requests', 'problems', 'keys']],
  ['/stock', ['stock-levels', 'stock-history', 'holds']],
  ['/views', ['views']],
  ['/audit', ['audit-records']],
] as const)('%s keeps WCAG 2.2 AA in light and dark, and fits a phone', async (target, panels) => {
  await open(target, panels[0]);
  for (const panel of panels) await page.waitForSelector(`#${panel}[data-state=ready]`);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await wcagFaults(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await tooWideBy(page)).toBe(0);
  expect(await wcagFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
});
