import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { createApiKey, scopes } from '../../schemas/api-key.ts';
import type { components } from '../client/generated/api-types.ts';
import { openBrowser, openPage, tooWideBy, wcagFaults } from '../dashboard/testing/open-browser.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from '../testing/api-stack.ts';
import { type Caller, createCaller, dropDatabase, sinkInto } from '../testing/caller.ts';

type Order = components['schemas']['Order'];

const word = randomUUID().slice(0, 8).toUpperCase();
const [lantern, mug, gone] = [`LANTERN-${word}`, `MUG-${word}`, `GONE-${word}`];
const database = `shop_${randomUUID().replaceAll('-', '')}`;
const shopKey = createApiKey('test').text;
let stack: ApiStack;
let browser: Browser;
let page: Page;
let url: string;
/** An API whose analytics store is not there. */
let urlWithoutLedger: string;
let key: string;
let call: Caller;
let faults: string[];

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    startApiStack([...orderAndMoneyRoles, sinkInto(database)]),
    openBrowser(),
  ]);
  const store = `S-${word}`;
  const api = await stack.startApi({ CLICKHOUSE_DATABASE: database, SHOP_KEY: shopKey });
  const without = await stack.startApi({ CLICKHOUSE_DATABASE: 'nowhere', SHOP_KEY: shopKey });
  url = `http://127.0.0.1:${api.port}`;
  urlWithoutLedger = `http://127.0.0.1:${without.port}`;
  await stack.putStore(store, ['GBP']);
  key = await stack.putKey(store, scopes);
  await stack.putKey(store, ['orders:read', 'orders:write'], { text: shopKey });
  call = createCaller(
    () => api.port,
    () => key,
  );
  for (const at of [url, urlWithoutLedger])
    await until(async () => (await fetch(`${at}/v1/visitors`, { method: 'POST' })).status === 200);
  for (const [sku, name, pieces] of [
    [lantern, 'Paper lantern', 1_000],
    [mug, 'Enamel mug', 5],
    [gone, 'Sold out vase', 0],
  ] as const) {
    const body = { name: `${name} ${word}`, prices: [{ currency: 'GBP', unitPriceMinor: 255 }] };
    await call('GET', (await call('PUT', `/v1/catalogue/${sku}`, { body })).location);
    if (pieces === 0) continue;
    const received = { type: 'receive', quantity: pieces };
    await call('GET', (await call('POST', `/v1/stock/${sku}/movements`, { body: received })).location);
  }
  // once the ledger has read every partition nothing is behind any more
  await until(
    async () => (await call('GET', '/v1/catalogue/trending')).status === 200,
    () => 'trending',
  );
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  if (stack) await dropDatabase(stack.config.clickhouseUrl, database);
});
beforeEach(async ({ task }) => {
  // a busy machine sheds load, and the client asks again: that is no fault of the page
  const opened = await openPage(browser, (text) => !text.includes('status of 503'));
  ({ page, faults } = opened);
  return () => opened.close(task);
});

const stored = (name: string): Promise<unknown> =>
  page.evaluate((of) => JSON.parse(localStorage.getItem(`millrace.shop.${of}`) ?? 'null') as unknown, name);
const customer = async (): Promise<string> =>
  ((await stored('visitor')) as { readonly customerId: string }).customerId;

/** Orders of the page's visitor, as the store's own key sees them. */
async function ordersOfVisitor(): Promise<readonly Order[]> {
  const { json } = await call('GET', `/v1/orders?customerId=${await customer()}`);
  return json['data'] as readonly Order[];
}

async function putInCart(sku: string, pieces = 1, at = url): Promise<void> {
  await page.goto(`${at}/shop/products/${sku}`);
  await page.getByLabel('Pieces').fill(String(pieces));
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  await page.getByRole('link', { name: 'Go to the cart' }).click();
  await page.waitForSelector('#quote[data-state=ready]');
}

/** Pays with the token and waits until the order has come to the status. */
async function payBy(token: string, status: string): Promise<void> {
  await page.locator(`#${token}`).check();
  await page.getByRole('button', { name: 'Order and pay' }).click();
  await page.waitForSelector(`#state[data-status=${status}]`);
}

test('an order that could not be asked for is asked for again, and nobody has to click', async () => {
  await putInCart(lantern);
  await payBy('tok_ok', 'confirmed');
  await page.clock.install();
  await page.route('**/v1/orders/**', (route) => route.abort());
  await page.reload();
  await page.clock.runFor(60_000); // longer than the client keeps on by itself
  await page.getByRole('alert').waitFor();
  await page.unroute('**/v1/orders/**');
  await page.clock.runFor(10_000);
  await page.waitForSelector('#state[data-status=confirmed]');
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('a visitor searches, adds, is quoted, pays and sees the order confirmed, by keyboard alone', async () => {
  await page.goto(`${url}/shop`);
  await page.getByLabel('Search products').focus();
  await page.keyboard.type(`lantern ${word}`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#results[data-state=ready]');
  await expect.poll(() => page.url()).toContain(`/shop?q=lantern+${word}`);
  await expect.poll(() => page.locator('#results li').count()).toBe(1);
  await page.getByRole('link', { name: `Paper lantern ${word}` }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('In stock').waitFor();
  await page.getByLabel('Pieces').fill('2');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Go to the cart' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#quote[data-state=ready]');
  expect(await page.locator('.costs').innerText()).toContain('£5.10');
  // with the day, where midnight is near
  expect(await page.locator('#expiry').innerText()).toMatch(/held until (\d+ \w+ \d{4}, )?\d\d:\d\d:\d\d/);
  await page.getByRole('button', { name: 'Order and pay £5.10' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#state[data-status=confirmed]');
  expect(await page.locator('#state').innerText()).toContain('Confirmed. Thank you!');
  const [order, ...others] = await ordersOfVisitor();
  expect(others).toEqual([]);
  expect(order).toMatchObject({
    status: 'confirmed',
    totalMinor: 510,
    lines: [{ sku: lantern, quantity: 2 }],
  });
  await expect.poll(() => page.locator('.timeline').innerText()).toContain('OrderConfirmed');
  expect(await page.getByRole('link', { name: /in the dashboard/ }).getAttribute('href')).toBe(
    `/orders/${order?.orderId}`,
  );
  expect([await stored('cart'), await stored('intent')]).toEqual([null, null]);
  expect(faults).toEqual([]);
});

test('a bank that says no is told in plain words, and nothing was taken', async () => {
  await putInCart(lantern);
  await payBy('tok_declined', 'declined');
  expect(await page.locator('#state').innerText()).toContain('The bank said no');
  expect(await page.locator('#state').innerText()).toContain('Nothing was taken from you.');
  const [order] = await ordersOfVisitor();
  expect(order).toMatchObject({ status: 'declined', payment: { capturedMinor: 0 } });
});

test('a bank that says nothing is waited for: unknown is told as such, and then confirmed', async () => {
  await putInCart(lantern);
  await page.locator('#tok_lost_reply').check();
  await page.getByRole('button', { name: 'Order and pay' }).click();
  await page.waitForSelector('#state');
  await page.getByText('Waiting for the bank’s answer').waitFor();
  await page.waitForSelector('#state[data-status=confirmed]');
  expect((await ordersOfVisitor()).length).toBe(1);
});

describe('one wish is one order', () => {
  test('a reload in the middle of paying', async () => {
    await putInCart(lantern, 3);
    const keys: string[] = [];
    let holds = true;
    await page.route('**/v1/orders', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      const taken = await route.fetch();
      if (!holds) await route.fulfill({ response: taken }); // else it never comes
    });
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.waitForSelector('#sending');
    await expect.poll(async () => (await ordersOfVisitor()).length).toBe(1);
    holds = false;
    await page.reload();
    await page.waitForSelector('#state[data-status=confirmed]');
    expect(keys.length).toBe(2);
    expect(new Set(keys).size).toBe(1);
    expect((await ordersOfVisitor()).length).toBe(1);
    expect([await stored('cart'), await stored('intent')]).toEqual([null, null]);
  });

  test('a reload before the request has left', async () => {
    await putInCart(lantern);
    let refuses = true;
    await page.route('**/v1/orders', (route) => (refuses ? undefined : route.continue()));
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.waitForSelector('#sending');
    refuses = false;
    await page.reload();
    await page.waitForSelector('#state[data-status=confirmed]');
    expect((await ordersOfVisitor()).length).toBe(1);
  });

  test('two windows that pay at once', async () => {
    await putInCart(lantern);
    const second = await page.context().newPage();
    await second.goto(`${url}/shop/cart`);
    await second.waitForSelector('#quote[data-state=ready]');
    const answers = Promise.withResolvers<void>();
    await page.route('**/v1/orders', async (route) => {
      await answers.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.waitForSelector('#sending');
    await second.getByRole('button', { name: 'Order and pay' }).click();
    await second.waitForSelector('#sending'); // it waits for its turn
    answers.resolve();
    await page.waitForSelector('#state[data-status=confirmed]');
    // it sends nothing, or, where the news that all is done has not come to it yet, the same wish under the same key
    await second.locator('#outdated, #state[data-status=confirmed]').first().waitFor();
    await second.goto(`${url}/shop/cart`);
    await second.getByText('Your cart is empty.').waitFor();
    expect((await ordersOfVisitor()).length).toBe(1);
    expect(faults).toEqual([]);
  });

  test('a window whose cart was ordered by another one while it waited for its turn', async () => {
    await putInCart(lantern);
    const second = await page.context().newPage();
    await second.goto(`${url}/shop/cart`);
    await second.waitForSelector('#quote[data-state=ready]');
    const letGo = await page.evaluateHandle(() => {
      const turn = Promise.withResolvers<void>();
      return new Promise<() => void>((taken) => {
        void navigator.locks.request('millrace.shop.pay', () => (taken(turn.resolve), turn.promise));
      });
    });
    await second.getByRole('button', { name: 'Order and pay' }).click();
    await second.waitForSelector('#sending');
    await second.evaluate(() => localStorage.setItem('millrace.shop.cart', '[]'));
    await letGo.evaluate((go) => go());
    await second.getByText('Nothing was sent from this window.').waitFor();
    await second.getByText('Your cart is empty.').waitFor();
    expect(await ordersOfVisitor()).toEqual([]);
  });

  test('a visit that ended before its order was known', async () => {
    await putInCart(lantern);
    let refuses = true;
    await page.route('**/v1/orders', (route) => (refuses ? undefined : route.continue()));
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.waitForSelector('#sending');
    const before = await customer();
    refuses = false; // for the next one: to take the route away would let this one go
    await page.evaluate(() => localStorage.removeItem('millrace.shop.visitor'));
    await page.reload();
    await page.getByText('We cannot find out whether your last order was taken').waitFor();
    expect(await page.locator('#forgotten').innerText()).toContain(before);
    expect(await wcagFaults(page)).toEqual([]);
    await payBy('tok_ok', 'confirmed'); // the shop goes on
    expect((await ordersOfVisitor()).length).toBe(1);
  });
});

test('a browser without what needs a secure context, as over plain http, can order', async () => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(Crypto.prototype, 'randomUUID');
    Reflect.deleteProperty(Navigator.prototype, 'locks');
  });
  await putInCart(lantern);
  expect(await page.evaluate(() => 'randomUUID' in crypto || 'locks' in navigator)).toBe(false);
  await payBy('tok_ok', 'confirmed');
  expect(faults).toEqual([]);
});

test('a browser that keeps no more says so, adds nothing and orders nothing', async () => {
  await putInCart(lantern);
  await page.evaluate(() => {
    for (let size = 2 ** 20; size >= 1; size /= 2) {
      try {
        for (let i = 0; ; i += 1) localStorage.setItem(`filler-${size}-${i}`, 'x'.repeat(size));
      } catch {
        // no room for one of this size
      }
    }
  });
  await page.getByRole('button', { name: 'Order and pay' }).click();
  await page.getByText('Nothing was ordered.').waitFor();
  expect(await ordersOfVisitor()).toEqual([]);
  await page.goto(`${url}/shop/products/${mug}`);
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  await page.locator('#browser-is-full').waitFor();
  await page.getByRole('link', { name: 'Cart (1)' }).click();
  await page.waitForSelector('#quote[data-state=ready]');
  await page.evaluate(() => {
    for (const name of Object.keys(localStorage))
      if (name.startsWith('filler-')) localStorage.removeItem(name);
  });
  await payBy('tok_ok', 'confirmed');
  expect(await ordersOfVisitor()).toHaveLength(1);
});

test('what the stock does not have is said before it is wanted, and again where somebody was quicker', async () => {
  await page.goto(`${url}/shop/products/${gone}`);
  await page.getByText('Out of stock').waitFor();
  expect(await page.getByRole('button', { name: 'Add to cart', exact: true }).count()).toBe(0);
  await page.goto(`${url}/shop/products/${mug}`);
  await page.getByText('Only 5 left').waitFor();
  await putInCart(mug, 6);
  await payBy('tok_ok', 'rejected');
  expect(await page.locator('#state').innerText()).toContain('Not enough in stock');
});

test('what belongs together is shown; without the analytics store the shop sells all the same', async () => {
  await putInCart(lantern);
  await putInCart(mug);
  await payBy('tok_ok', 'confirmed');
  await expect
    .poll(
      async () => {
        const { json } = await call('GET', `/v1/catalogue/${mug}/related`);
        return (json['data'] as readonly { readonly sku: string }[] | undefined)?.map(({ sku }) => sku);
      },
      { interval: 500 },
    )
    .toEqual([lantern]);
  await page.goto(`${url}/shop/products/${mug}`);
  await page.waitForSelector('#related[data-state=ready]');
  expect(await page.locator('#related').innerText()).toContain(`Paper lantern ${word}`);
  expect(faults).toEqual([]);

  await page.goto(`${urlWithoutLedger}/shop/products/${lantern}`);
  await page.getByText('In stock').waitFor();
  await putInCart(lantern, 1, urlWithoutLedger);
  await payBy('tok_ok', 'confirmed');
});

test('each browser is a customer of its own: another one’s order is not there', async () => {
  await putInCart(lantern);
  await payBy('tok_ok', 'confirmed');
  const path = new URL(page.url()).pathname;
  const other = await (await browser.newContext()).newPage();
  await other.goto(url + path);
  await other.getByText('This is no order of yours.').waitFor();
  await other.context().close();
});

test('a name nobody sells, words nobody finds, a page that is not there', async () => {
  await page.goto(`${url}/shop/products/NOSUCH-${word}`);
  await page.getByText('We do not sell this.').waitFor();
  await page.goto(`${url}/shop?q=${word}+nothing`);
  await page.waitForSelector('#results[data-state=empty]');
  await page.goto(`${url}/shop/cart`);
  await page.getByText('Your cart is empty.').waitFor();
});

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const)('every page passes WCAG 2.2 AA and fits: %s, %d px', async (colorScheme, width) => {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 800 });
  const look = async (): Promise<void> => {
    expect(await wcagFaults(page)).toEqual([]);
    expect(await tooWideBy(page)).toBe(0);
  };
  await page.goto(`${url}/shop?q=${word}`);
  await page.waitForSelector('#results[data-state=ready]');
  await look();
  await page.goto(`${url}/shop/products/${gone}`);
  await page.getByText('Out of stock').waitFor();
  await look();
  await putInCart(lantern, 2);
  await look();
  await payBy('tok_ok', 'confirmed');
  await look();
  await page.goto(`${url}/shop/cart`);
  await page.getByText('Your cart is empty.').waitFor();
  await look();
});

test('without a key there is no shop', async () => {
  const closed = await stack.startApi({ CLICKHOUSE_DATABASE: database });
  const at = `http://127.0.0.1:${closed.port}`;
  expect((await fetch(`${at}/shop`)).status).toBe(404);
  expect((await fetch(`${at}/v1/visitors`, { method: 'POST' })).status).toBe(404);
});
