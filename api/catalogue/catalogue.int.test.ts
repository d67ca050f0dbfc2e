import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKafkajsLogReader } from '../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import { testConnection, until } from '../../infra/clients/testing/test-kafka.ts';
import type { RunningRole } from '../../infra/clients/run-role.ts';
import { startCatalogue } from '../../processors/catalogue/start.ts';
import { journalOf, snapshotsOf } from '../../schemas/topic-catalogue.ts';
import type { RunningApi } from '../start.ts';
import { type ApiStack, startApiStack } from '../testing/api-stack.ts';
import { fetchUnshed } from '../testing/fetch-unshed.ts';
import { Catalogue } from './catalogue.ts';
import { loadCatalogue } from './load-catalogue.ts';

const store = `catalogue-${randomUUID().slice(0, 8)}`;
let stack: ApiStack;
let api: RunningApi;
let role: RunningRole;
let key = '';

beforeAll(async () => {
  stack = await startApiStack([]);
  role = await stack.startRole(startCatalogue);
  api = await stack.startApi();
  await stack.putStore(store, ['GBP', 'JPY', 'KWD']);
  key = await stack.putKey(store, ['catalogue:write', 'orders:read']);
  await until(async () => (await ask('GET', '/v1/catalogue')).status === 200);
});

afterAll(async () => {
  await stack?.stop();
});

interface Page {
  readonly data: readonly { readonly sku: string; readonly version: number }[];
  readonly nextCursor: string | null;
}

async function ask(
  method: string,
  target: string,
  { body, headers = {}, port = api.port }: { body?: object; headers?: object; port?: number } = {},
) {
  const response = await fetchUnshed(new URL(target, `http://127.0.0.1:${port}`), {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : {}) as never,
  };
}

/** Changes a product and waits until this process knows. */
async function change(method: string, sku: string, body?: object, headers?: object): Promise<void> {
  const changed = await ask(method, `/v1/catalogue/${sku}`, {
    ...(body ? { body } : {}),
    headers: headers ?? {},
  });
  expect(changed.status).toBe(202);
  const read = await ask('GET', changed.headers.get('location') ?? '', { headers: { Prefer: 'wait=10' } });
  expect(read.status).toBe(method === 'DELETE' ? 404 : 200);
}
const product = (name: string) => ({
  name,
  prices: [
    { currency: 'GBP', unitPriceMinor: 255 },
    { currency: 'JPY', unitPriceMinor: 480 },
    { currency: 'KWD', unitPriceMinor: 1_005 },
  ],
});
const found = async (words: string): Promise<readonly string[]> => {
  const { body } = await ask('GET', `/v1/catalogue?q=${encodeURIComponent(words)}`);
  return (body as Page).data.map(({ sku }) => sku);
};

test('a renamed product is found by its new word only', async () => {
  await change('PUT', 'HEART', product('RED HEART'));
  await change('PUT', 'STAR', product('RED STAR'));
  expect(await found('red')).toEqual(['HEART', 'STAR']);
  await change('PUT', 'HEART', product('BLUE HEART'), { 'If-Match': '"1"' });
  expect([await found('red'), await found('blue heart')]).toEqual([['STAR'], ['HEART']]);
});

test('a version that was replaced meanwhile is refused, and refused again where it is decided', async () => {
  const stale = { body: product('GREEN HEART'), headers: { 'If-Match': '"1"' } };
  expect((await ask('PUT', '/v1/catalogue/HEART', stale)).status).toBe(412);
  expect((await ask('DELETE', '/v1/catalogue/HEART', { headers: { 'If-Match': '"1"' } })).status).toBe(412);
  // two at once: memory has let both in, the log takes one
  const both = ['GREEN HEART', 'PINK HEART'].map((name) =>
    ask('PUT', '/v1/catalogue/HEART', { body: product(name), headers: { 'If-Match': '"2"' } }),
  );
  const statuses = (await Promise.all(both)).map(({ status }) => status);
  expect(statuses).toContain(202);
  await until(async () => (await found('blue')).length === 0);
  const { body } = await ask('GET', '/v1/catalogue/HEART');
  expect(body).toMatchObject({ version: 3 });
});

test('a product that went off sale is not read, found or sold, and its versions go on', async () => {
  await change('PUT', 'MOON', product('MOON'));
  await change('DELETE', 'MOON', undefined, { 'If-Match': '"1"' });
  expect(await found('moon')).toEqual([]);
  expect((await ask('DELETE', '/v1/catalogue/MOON')).status).toBe(404);
  const lines = [{ sku: 'MOON', quantity: 1 }];
  expect((await ask('POST', '/v1/quotes', { body: { currency: 'GBP', lines } })).status).toBe(422);
  await change('PUT', 'MOON', product('MOON'));
  expect((await ask('GET', '/v1/catalogue/MOON')).body).toMatchObject({ version: 3 });
});

test('pages follow each other to the end', async () => {
  const seen: string[] = [];
  let target: string | null = '/v1/catalogue?limit=1';
  while (target !== null) {
    const page = await ask('GET', target);
    seen.push(...(page.body as Page).data.map(({ sku }) => sku));
    target = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? null;
  }
  expect(seen).toEqual(['HEART', 'MOON', 'STAR']);
  expect((await ask('GET', '/v1/catalogue?cursor=x')).status).toBe(400);
});

test.each([
  ['GBP', 765],
  ['JPY', 1_440],
  ['KWD', 3_015],
])('quotes in %s, whose minor unit is its own', async (currency, totalMinor) => {
  const quote = await ask('POST', '/v1/quotes', {
    body: { currency, lines: [{ sku: 'star', quantity: 3 }] },
  });
  expect(quote).toMatchObject({ status: 200, body: { currency, totalMinor } });
});

test('a process that starts later has the same prices from the snapshot, and reads on from there', async () => {
  await role.stop(); // a clean stop takes a snapshot of all there is
  const reader = await createKafkajsLogReader({
    ...testConnection(),
    topics: [journalOf('catalogue'), snapshotsOf('catalogue')],
  });
  const catalogue = new Catalogue();
  const from = await loadCatalogue({
    log: stack.log,
    reader,
    codec: stack.registry.createCodecs()['catalogue.events.v1'],
    askForWriter: stack.registry.learnWriter,
    catalogue,
  });
  await reader.close();
  expect([...from.values()].some(({ seq }) => seq > 0)).toBe(true);
  const names = catalogue.page(store, null, '', 100).products.map(({ sku, version }) => [sku, version]);
  expect(names).toEqual([
    ['HEART', 3],
    ['MOON', 3],
    ['STAR', 1],
  ]);

  role = await stack.startRole(startCatalogue);
  await change('PUT', 'SUN', product('RED SUN'));
  const later = await stack.startApi();
  const read = (target: string) => ask('GET', target, { port: later.port });
  for (const sku of ['HEART', 'MOON', 'STAR', 'SUN']) {
    const here = await ask('GET', `/v1/catalogue/${sku}`);
    expect((await read(`/v1/catalogue/${sku}`)).body).toEqual(here.body);
  }
});
