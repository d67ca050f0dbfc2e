import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage } from '../../api/dashboard/testing/open-browser.ts';
import { repositoryRoot } from '../config/variables.ts';
import { roles } from '../local/roles.ts';
import type { StackSummary } from '../local/stack-status.ts';
import { createLocalStack, eventually } from './local-stack.ts';

/** What a newcomer does after `npm start` (README): the printed curl, again, another quantity, the page. */
const stack = createLocalStack();
let summary: StackSummary;
const sku = '85123A';

beforeAll(async () => {
  summary = await stack.up();
  await put(
    `/v1/catalogue/${sku}`,
    { name: 'White hanging heart T-light holder', prices: [{ currency: 'GBP', unitPriceMinor: 255 }] },
    'PUT',
  );
  await put(`/v1/stock/${sku}/movements`, { type: 'receive', quantity: 100, reason: 'opening' }, 'POST');
});
afterAll(async () => {
  expect(await stack.remove()).toBe(0);
});

const headers = (more: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${summary.keys.full}`,
  'content-type': 'application/json',
  ...more,
});

async function put(route: string, body: unknown, method: string): Promise<void> {
  const response = await fetch(summary.api + route, {
    method,
    headers: headers({ 'idempotency-key': `setup${route}` }),
    body: JSON.stringify(body),
  });
  expect(`${response.status} ${response.status === 202 ? '' : await response.text()}`).toBe('202 ');
}

const order = (quantity: number): Promise<Response> =>
  fetch(`${summary.api}/v1/orders`, {
    method: 'POST',
    headers: headers({ 'idempotency-key': 'cart-42' }),
    body: JSON.stringify({
      customerId: 'c-17850',
      currency: 'GBP',
      lines: [{ sku, quantity }],
      paymentToken: 'tok_ok',
    }),
  });

interface OrderBody {
  readonly orderId: string;
  readonly status: string;
  readonly totalMinor?: number;
}

test('the same order twice is one order, another body under its key is refused, and it gets confirmed', async () => {
  const first = await eventually('the catalogue knows the SKU', async () => {
    const response = await order(6);
    return response.status === 202 ? response : undefined;
  });
  const placed = (await first.json()) as OrderBody;
  const again = await order(6);
  expect(again.status).toBe(202);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.json()).toEqual(placed);
  const other = await order(7);
  expect(other.status).toBe(422);
  expect(other.headers.get('content-type')).toContain('application/problem+json');
  expect(await other.json()).toMatchObject({ status: 422, title: expect.any(String) });

  const location = first.headers.get('location') ?? '';
  expect(location).toContain(`/v1/orders/${placed.orderId}?after=`);
  const seen = await fetch(new URL(location, summary.api), { headers: headers() });
  expect(seen.status).toBe(200);
  const confirmed = await eventually('the order confirmed', async () => {
    const response = await fetch(`${summary.api}/v1/orders/${placed.orderId}`, { headers: headers() });
    const body = (await response.json()) as OrderBody;
    return body.status === 'confirmed' ? body : undefined;
  });
  expect(confirmed).toMatchObject({ orderId: placed.orderId, totalMinor: 6 * 255 });
  const level = await fetch(`${summary.api}/v1/stock/${sku}`, { headers: headers() });
  expect(await level.json()).toMatchObject({ onHand: 94, held: 0, available: 94 });
});

test('the page in a real browser shows the order and says how fresh it is', async () => {
  const browser = await openBrowser();
  try {
    const { page, faults } = await openPage(browser, (text) => !text.includes('401'));
    await page.goto(summary.dashboard);
    await page.getByLabel('API key').fill(summary.keys.analyst);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByText('£15.30').count()).toBeGreaterThan(0);
    await expect.poll(() => page.getByText(/complete until/i).count()).toBeGreaterThanOrEqual(3);
    await expect.poll(() => page.getByText(sku).count()).toBeGreaterThan(0);
    const folder = path.join(repositoryRoot, 'artifacts', 'screenshots');
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, 'overview.png'), fullPage: true });
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
  }
});

test('status, config and an unknown flag answer as documented', async () => {
  const { processes } = await stack.status();
  const states = processes.filter(({ kind }) => kind === 'role').map(({ state }) => state);
  expect(states).toEqual(roles.map(() => 'ready'));
  expect((await stack.run('status', '--colour')).code).toBe(2);
  const broken = await stack.run('config', '--json');
  expect(broken.code).toBe(0);
  expect(broken.stdout).not.toContain(summary.keys.full);
});
