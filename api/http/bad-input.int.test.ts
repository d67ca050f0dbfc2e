import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import type { Log } from '../../infra/clients/log.ts';
import { formatQuote } from '../../producers/intake/quote-token.ts';
import { createApiKey, parseApiKey } from '../../schemas/api-key.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import type { RunningApi } from '../start.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from '../testing/api-stack.ts';
import type { CorpusCase, CorpusExpect, CorpusRequest, Placeholders } from '../testing/corpus-case.ts';
import { leftOut, leftOutBecause } from '../testing/corpus-left-out.ts';
import { signCorpusWebhook } from '../testing/sign-corpus-webhook.ts';
import { type Exchanged, type Received, sendPlain, sendRaw } from '../testing/exchange.ts';

const file = path.join(import.meta.dirname, 'corpus/bad-input-http.json');
const corpus = JSON.parse(readFileSync(file, 'utf8')) as readonly CorpusCase[];
const s1 = `S1-${randomUUID().slice(0, 8)}`;
const s2 = `S2-${randomUUID().slice(0, 8)}`;

/** What stands between the intake and Kafka: nothing, until a case plants a fault. */
const fault: {
  append: ((log: Log, ...args: Parameters<Log['append']>) => ReturnType<Log['append']>) | null;
} = {
  append: null,
};
const lost = { is: 'unknown', error: new Error('the answer was lost') } as const;

let stack: ApiStack;
let api: RunningApi;
const fixed: Record<string, string> = {};

const products = { '85123A': 255, '71053': 375, '22423': 1_275 };
const bigOnes = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`BIG${i}`, 999_999_999]));

beforeAll(async () => {
  stack = await startApiStack(orderAndMoneyRoles);
  api = await stack.startApi(
    {},
    {
      wrapLog: (log) => ({
        ...log,
        append: (appends) => fault.append?.(log, appends) ?? log.append(appends),
      }),
    },
  );
  await stack.putStore(s1, ['GBP']);
  await stack.putStore(s2, ['EUR']);
  const manager = await stack.putKey(s1, ['catalogue:write', 'stock:write', 'orders:read']);
  const otherManager = await stack.putKey(s2, ['catalogue:write', 'stock:write', 'orders:read']);
  fixed['key.full'] = await stack.putKey(s1, ['orders:read', 'orders:write']);
  fixed['key.readOnly'] = await stack.putKey(s1, ['orders:read']);
  fixed['key.otherStore'] = await stack.putKey(s2, ['orders:read', 'orders:write']);
  fixed['key.analyst'] = await stack.putKey(s1, ['analytics:read']);
  fixed['key.expired'] = await stack.putKey(s1, ['orders:read', 'orders:write'], 1);
  fixed['key.revoked'] = await stack.putKey(s1, ['orders:read', 'orders:write']);
  fixed['key.unknown'] = createApiKey('test').text;
  fixed['host'] = `127.0.0.1:${api.port}`;
  fixed['manager'] = manager;
  await stack.revokeKey(s1, parseApiKey(fixed['key.revoked'])?.keyId ?? '');
  await until(async () => (await get('/v1/orders', fixed['key.revoked'] ?? '')).status === 401);
  await until(async () => (await get('/v1/orders', manager)).status === 200);
  for (const [sku, price] of Object.entries({ ...products, ...bigOnes }))
    await sell(manager, sku, 'GBP', price);
  await sell(otherManager, '85123A', 'EUR', 300);
  fixed['order.own'] = await placeAndRead(
    'key.full',
    '{"customerId":"c-1","currency":"GBP","lines":[{"sku":"85123A","quantity":1}],"paymentToken":"tok_ok"}',
  );
  await placeAndRead(
    'key.full',
    '{"customerId":"c-2","currency":"GBP","lines":[{"sku":"71053","quantity":1}],"paymentToken":"tok_ok"}',
  );
  fixed['order.otherStore'] = await placeAndRead(
    'key.otherStore',
    '{"customerId":"c-1","currency":"EUR","lines":[{"sku":"85123A","quantity":1}],"paymentToken":"tok_ok"}',
  );
  fixed['quote.expired'] = expiredQuote();
  fixed['order.confirmed'] = await placeConfirmed();
  fixed['order.shipped'] = await placeConfirmed();
  const shipment = `/v1/orders/${fixed['order.shipped']}/shipments`;
  const shipped = await request('POST', shipment, fixed['key.full'], '{"lines":[{"line":1,"quantity":1}]}');
  expect(shipped.status, shipped.body).toBe(202);
  fixed['order.absent'] = orderIdOf(s1, randomUUID());
  const page = await get('/v1/orders?limit=1', fixed['key.full']);
  fixed['cursor.own'] = (JSON.parse(page.body) as { nextCursor: string }).nextCursor;
});

afterAll(async () => {
  await stack?.stop();
});

/** Of what shape-23 orders, honoured until a second after the epoch. */
function expiredQuote(): string {
  const line = (sku: string, quantity: number, unitMinor: number) => ({
    sku,
    quantity,
    unitMinor,
    taxBp: 0,
    version: 1,
  });
  return formatQuote([stack.config.cursorSecret], {
    store: s1,
    currency: 'GBP',
    expiresAtMs: 1_000,
    taxRule: 'exclusive',
    shippingMinor: 0,
    shippingTaxBp: 0,
    lines: [line('85123A', 6, 255), line('71053', 2, 375)],
  });
}

const request = async (
  method: string,
  target: string,
  key: string,
  body?: string,
  headers = {},
): Promise<Received> => {
  const sent = {
    method,
    path: target,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body ? { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() } : {}),
      ...headers,
    },
    ...(body ? { body } : {}),
  };
  const { answers } = await sendPlain(api.port, sent, () => undefined);
  return answers[0] as Received;
};
const get = (target: string, key: string): Promise<Received> => request('GET', target, key);

async function sell(key: string, sku: string, currency: string, unitPriceMinor: number): Promise<void> {
  const put = await request(
    'PUT',
    `/v1/catalogue/${sku}`,
    key,
    JSON.stringify({ name: sku, prices: [{ currency, unitPriceMinor }] }),
  );
  expect(put.status).toBe(202);
  expect((await get(put.headers['location'] ?? '', key)).status).toBe(200);
  const received = await request(
    'POST',
    `/v1/stock/${sku}/movements`,
    key,
    '{"type":"receive","quantity":1000000,"reason":"opening"}',
  );
  expect(received.status).toBe(202);
}

async function placeAndRead(key: string, body: string): Promise<string> {
  const placed = await request('POST', '/v1/orders', fixed[key] ?? '', body);
  expect(placed.status).toBe(202);
  const read = await request('GET', placed.headers['location'] ?? '', fixed[key] ?? '', undefined, {
    Prefer: 'wait=10',
  });
  expect(read.status).toBe(200);
  return (JSON.parse(read.body) as { orderId: string }).orderId;
}

/** A confirmed order of 2,280. */
async function placeConfirmed(): Promise<string> {
  const lines = '[{"sku":"85123A","quantity":6},{"sku":"71053","quantity":2}]';
  const orderId = await placeAndRead(
    'key.full',
    `{"customerId":"c-3","currency":"GBP","lines":${lines},"paymentToken":"tok_ok"}`,
  );
  await until(async () => (await readOrder(orderId)).status === 'confirmed');
  return orderId;
}

interface ShownOrder {
  readonly status: string;
  readonly refunds: readonly { readonly amountMinor: number }[];
  readonly requests: readonly { readonly outcome: string; readonly reason: string | null }[];
}

const readOrder = async (orderId: string): Promise<ShownOrder> =>
  JSON.parse((await get(`/v1/orders/${orderId}`, fixed['key.full'] ?? '')).body) as ShownOrder;

const send = (
  sent: CorpusRequest,
  placeholders: Placeholders,
  expected: CorpusExpect,
  port = api.port,
): Promise<Exchanged> => {
  if (sent.transport === 'provider-reply') throw new Error('not a request');
  if (sent.transport === undefined) {
    const by = { store: s1, secret: stack.config.pspSecret, nowMs: Date.now() };
    return sendPlain(port, signCorpusWebhook(sent, placeholders, by), placeholders);
  }
  const untilClosed = expected.closes === true || JSON.stringify(sent.raw).includes('Connection: close');
  return sendRaw(port, sent, placeholders, untilClosed || sent.raw.responses === 'until close');
};

const placeholdersOf = (idem: string): Placeholders => {
  const idem2 = randomUUID();
  return (name) => (name === 'idem' ? idem : name === 'idem2' ? idem2 : fixed[name]);
};

interface ProblemBody {
  readonly type: string;
  readonly status: number;
  readonly errors?: readonly { readonly pointer: string }[];
  readonly quote?: unknown;
}

function check({ answers, closed, elapsedMs }: Exchanged, expected: CorpusExpect): void {
  const answer = answers[0];
  expect(answer, 'an answer').toBeDefined();
  if (!answer) return;
  expect([expected.status].flat(), answer.body).toContain(answer.status);
  if (answer.status >= 400) checkProblem(answer, expected);
  for (const [name, value] of Object.entries(expected.headers ?? {}))
    checkHeader(answer.headers[name], name, value);
  if (expected.replayed !== undefined)
    expect(answer.headers['idempotent-replayed'] === 'true').toBe(expected.replayed);
  if (expected.closes === true) expect(closed, 'the connection is closed').toBe(true);
  if (expected.withinMs !== undefined) expect(elapsedMs).toBeLessThan(expected.withinMs + 200);
  if (expected.maxResponses !== undefined) expect(answers.length).toBeLessThanOrEqual(expected.maxResponses);
  expect(answer.headers['x-injected']).toBeUndefined();
}

function checkProblem(answer: Received, expected: CorpusExpect): void {
  expect(answer.headers['content-type']).toContain('application/problem+json');
  const problem = JSON.parse(answer.body) as ProblemBody;
  const type = problem.type.split('/').at(-1);
  expect(problem.status).toBe(answer.status);
  if (typeof expected.problemType === 'string') expect(type, answer.body).toBe(expected.problemType);
  if (type === 'quote-stale') expect(problem.quote).toMatchObject({ totalMinor: 2_280 });
  if (expected.problemTypes) expect(expected.problemTypes).toContain(type);
  if (expected.pointer !== undefined)
    expect(
      problem.errors?.map((error) => error.pointer),
      answer.body,
    ).toContain(expected.pointer);
}

function checkHeader(value: string | undefined, name: string, wanted: string): void {
  if (wanted === '*') expect(value, name).toBeDefined();
  else if (wanted.endsWith('*')) expect(value, name).toMatch(new RegExp(`^${wanted.slice(0, -1)}`));
  else expect(value, name).toBe(wanted);
}

/** Exactly one order of the key stands in the journal, as its readers see it. */
async function expectOneOrder(idem: string): Promise<void> {
  const key = fixed['key.full'] ?? '';
  const orderId = orderIdOf(s1, idem);
  await until(async () => (await get(`/v1/orders/${orderId}`, key)).status === 200);
  const { body } = await get(`/v1/orders/${orderId}/events`, key);
  const events = (JSON.parse(body) as { data: readonly { readonly type: string }[] }).data;
  expect(events.filter(({ type }) => type === 'OrderPlaced')).toHaveLength(1);
}

async function repeated(
  of: CorpusCase,
  port = api.port,
  onAnswer: (answered: number) => void = () => undefined,
): Promise<readonly Exchanged[]> {
  const { count, concurrency, freshIdem, alternateBody } = of.repeat ?? { count: 1, concurrency: 1 };
  const idem = randomUUID();
  const results: Exchanged[] = [];
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < count) {
      const i = sent;
      sent += 1;
      const other = alternateBody !== undefined && i % 2 === 1 ? { body: alternateBody } : {};
      results.push(
        await send(
          { ...of.request, ...other },
          placeholdersOf(freshIdem ? randomUUID() : idem),
          of.expect,
          port,
        ),
      );
      onAnswer(results.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  if (of.expect.orders === 'one') await expectOneOrder(idem);
  return results;
}

const idsOf = (results: readonly Exchanged[]): ReadonlySet<string> =>
  new Set(
    results
      .filter(({ answers }) => answers[0]?.status === 202)
      .map(({ answers }) => (JSON.parse(answers[0]?.body ?? '') as { orderId: string }).orderId),
  );

async function runCase(of: CorpusCase): Promise<void> {
  if (of.repeat) {
    const results = await repeated(of);
    for (const result of results) check(result, of.expect);
    if (of.expect.orders === 'one') expect(idsOf(results).size).toBe(1);
    return;
  }
  const idem = randomUUID();
  const placeholders = placeholdersOf(idem);
  for (const before of of.before ?? [])
    check(await send(before.request, placeholders, before.expect), before.expect);
  check(await send(of.request, placeholders, of.expect), of.expect);
  if (of.expect.orders === 'one') await expectOneOrder(idem);
}

const hasConditions = (of: CorpusCase): boolean => of.needs !== undefined || of.id === 'framing-19';
const runnable = corpus.filter((of) => leftOutBecause(of.id) === null);
const plain = runnable.filter((of) => !hasConditions(of));

test.each(plain.map((of) => [of.id, of.title, of] as const))('%s: %s', async (_id, _title, of) => {
  await runCase(of);
});

const byId = (id: string): CorpusCase => {
  const found = corpus.find((of) => of.id === id);
  if (!found) throw new RangeError(`the corpus has no ${id}`);
  return found;
};

/** Cases that need a condition, each with its own test below. */
const conditioned: string[] = [];
const conditionedTest = (id: string, run: (of: CorpusCase) => Promise<void>): void => {
  conditioned.push(id);
  test(`${id}: ${byId(id).title}`, async () => {
    try {
      await run(byId(id));
    } finally {
      fault.append = null;
    }
  });
};

conditionedTest('limits-01', async (of) => {
  // A fifth of the case's rate: a machine busy with something else would not send fast enough to be refused.
  const perSecond = 20;
  const limited = await stack.startApi({ RATE_LIMIT_PER_SECOND: String(perSecond) });
  const startedMs = performance.now();
  const results = await repeated(of, limited.port);
  const refused = results.filter(({ answers }) => answers[0]?.status !== 202);
  const most = perSecond + ((performance.now() - startedMs) * perSecond) / 1_000 + 1;
  expect(results.length - refused.length).toBeLessThanOrEqual(most);
  expect(refused.length).toBeGreaterThan(0);
  for (const result of refused) check(result, of.expect);
});

conditionedTest('limits-03', async (of) => {
  fault.append = async (_log, appends) => appends.map(() => lost);
  await runCase(of);
});

conditionedTest('limits-04', async (of) => {
  fault.append = async (log, appends) => {
    await log.append(appends);
    return appends.map(() => lost);
  };
  await runCase(of);
});

conditionedTest('idempotency-13', async (of) => {
  fault.append = async (log, appends) => {
    fault.append = null;
    await log.append(appends);
    return appends.map(() => lost);
  };
  await runCase(of);
});

conditionedTest('limits-05', async (of) => {
  await stack.stopRedis();
  try {
    await runCase(of);
  } finally {
    await stack.startRedis();
    await until(async () => (await get('/v1/orders', fixed['key.full'] ?? '')).status === 200);
  }
});

conditionedTest('limits-06', async (of) => {
  const inFlightMax = 50;
  // Kafka answers once all others are told, however long a busy machine takes to send them.
  const others = Promise.withResolvers<void>();
  const append = async (log: Log, appends: Parameters<Log['append']>[0]) => {
    await others.promise;
    return log.append(appends);
  };
  const slow = await stack.startApi(
    {},
    { inFlightMax, wrapLog: (log) => ({ ...log, append: (appends) => append(log, appends) }) },
  );
  const shedLeast = (of.repeat?.count ?? 0) - inFlightMax;
  const results = await repeated(of, slow.port, (answered) => {
    if (answered >= shedLeast) others.resolve();
  });
  const shed = results.filter(({ answers }) => answers[0]?.status === 503);
  expect(shed.length).toBeGreaterThanOrEqual(shedLeast);
  expect(shed.length).toBeLessThan(results.length);
  for (const result of shed) check(result, of.expect);
});

conditionedTest('limits-07', async (of) => {
  const draining = await stack.startApi();
  const stopped = draining.stop();
  expect(draining.readiness().ready).toBe(false);
  check(await send(of.request, placeholdersOf(randomUUID()), of.expect, draining.port), of.expect);
  await stopped;
  draining.stop = () => Promise.resolve();
});

conditionedTest('limits-08', async (of) => {
  const results = repeated(of);
  setTimeout(() => {
    const endMs = performance.now() + 200;
    while (performance.now() < endMs);
  }, 5);
  for (const result of await results) check(result, of.expect);
});

conditionedTest('idempotency-16', async (of) => {
  const idem = randomUUID();
  const [first] = of.before ?? [];
  if (!first) throw new Error('the case has no first request');
  check(await send(first.request, placeholdersOf(idem), first.expect), first.expect);
  await sell(fixed['manager'] ?? '', '85123A', 'GBP', 300);
  try {
    check(await send(of.request, placeholdersOf(idem), of.expect), of.expect);
    await expectOneOrder(idem);
  } finally {
    await sell(fixed['manager'] ?? '', '85123A', 'GBP', 255);
  }
});

conditionedTest('idempotency-17', async (of) => {
  const idem = randomUUID();
  const [first] = of.before ?? [];
  if (!first) throw new Error('the case has no first request');
  check(await send(first.request, placeholdersOf(idem), first.expect), first.expect);
  await sell(fixed['manager'] ?? '', '85123A', 'GBP', 300);
  await stack.stopRedis();
  try {
    check(await send(of.request, placeholdersOf(idem), of.expect), of.expect);
  } finally {
    await stack.startRedis();
    await until(async () => (await get('/v1/orders', fixed['key.full'] ?? '')).status === 200);
    await sell(fixed['manager'] ?? '', '85123A', 'GBP', 255);
  }
  await expectOneOrder(idem);
});

conditionedTest('framing-19', async () => {
  const sockets = Array.from({ length: 5_000 }, () =>
    net
      .connect({ port: api.port, host: '127.0.0.1' })
      .on('error', () => undefined)
      .resume(),
  );
  try {
    await until(() => sockets.filter((socket) => !socket.connecting).length === sockets.length);
    const startedMs = performance.now();
    expect((await get('/v1/orders?limit=1', fixed['key.full'] ?? '')).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    // Some the kernel may have dropped between its own queue and ours: nobody tells their client.
    await until(() => sockets.filter((socket) => socket.closed).length > 4_000);
    expect(sockets.every((socket) => socket.bytesRead === 0)).toBe(true);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test('of two refunds at once that are more than was captured exactly one is decided', async () => {
  // actions-06 has asked for both
  const orderId = fixed['order.confirmed'] ?? '';
  await until(async () => (await readOrder(orderId)).refunds.length > 0);
  const { refunds, requests } = await readOrder(orderId);
  expect(refunds.map(({ amountMinor }) => amountMinor)).toEqual([2_000]);
  expect(requests.map(({ outcome }) => outcome)).toContain('done');
  for (const { outcome, reason } of requests) {
    expect(outcome === 'refused' ? reason : outcome).toMatch(/^(done|over-refund)$/);
  }
});

test('every case of the corpus runs here or is listed with the reason why not', () => {
  const counts = Object.entries(leftOut).map(([reason, { ids }]) => [
    reason,
    corpus.filter(({ id }) => ids.test(id)).length,
  ]);
  expect(counts).toEqual(Object.entries(leftOut).map(([reason, { count }]) => [reason, count]));
  expect(
    runnable
      .filter(hasConditions)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(conditioned.toSorted());
  expect(corpus).toHaveLength(232);
});
