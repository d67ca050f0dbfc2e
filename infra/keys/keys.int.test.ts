import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningApi } from '../../api/start.ts';
import { type ApiStack, startApiStack } from '../../api/testing/api-stack.ts';
import { fetchUnshed } from '../../api/testing/fetch-unshed.ts';
import { digestApiKey } from '../../schemas/api-key.ts';
import { operatorActor } from '../../schemas/audit-chain.ts';
import { nothingGiven } from '../audit/given.ts';
import { openAuditSources, recordLive } from '../audit/live-recording.ts';
import type { AuditEnd } from '../audit/rule.ts';
import { createI23 } from '../audit/rules/i-23.ts';
import { until } from '../clients/testing/test-kafka.ts';
import { childEnvironment } from '../config/environment.ts';
import { repositoryRoot } from '../config/config.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { createKey, type NewKey } from './create-key.ts';
import { openKeys } from './open-keys.ts';
import { revokeKey } from './revoke-key.ts';

/** The promise (reliability §8): a revocation counts so long after it at every process, ms. */
const revokedWithinMs = 5_000;
const store = `K-${randomUUID().slice(0, 8)}`;
let stack: ApiStack;
let apis: readonly RunningApi[];
let access: Awaited<ReturnType<typeof openKeys>>;
let writer: string;

beforeAll(async () => {
  stack = await startApiStack();
  apis = [await stack.startApi(), await stack.startApi()];
  access = await openKeys(stack.config, pino({ level: 'silent' }), operatorActor('tests'));
  await stack.putStore(store, ['GBP']);
  writer = await stack.putKey(store, ['orders:write', 'catalogue:write']);
  await until(async () => (await statusAt(apis[0], writer)) === 403);
  const put = await send('PUT', '/v1/catalogue/MUG', {
    name: 'Mug',
    prices: [{ currency: 'GBP', unitPriceMinor: 100 }],
  });
  expect(put.status).toBe(202);
});
afterAll(async () => {
  await access?.close();
  await stack?.stop();
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as an operator types it. */
function millrace(...args: readonly string[]): Promise<Ran> {
  const { kafkaBrokers, registryUrl, redisUrl, clickhouseUrl, dataDir } = stack.config;
  const secret = stack.config.cursorSecret;
  const env = childEnvironment({
    NO_COLOR: '1',
    MILLRACE_KAFKA_BROKERS: kafkaBrokers.join(','),
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_REDIS_URL: redisUrl,
    MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_FINGERPRINT_SECRET: secret,
    MILLRACE_CURSOR_SECRET: secret,
    MILLRACE_PSP_SECRET: secret,
    MILLRACE_CUSTOMER_KEY_SECRET: secret,
  });
  const main = path.join(repositoryRoot, 'infra/cli/main.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'keys', ...args], { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

const create = (label: string, expiresAtMs: number | null = null): Promise<NewKey> =>
  createKey(access, {
    store,
    label,
    kind: 'test',
    scopes: ['orders:read', 'analytics:read'],
    expiresAtMs,
    dailyQuota: null,
  });

const get = (api: RunningApi | undefined, headers: Readonly<Record<string, string>>, target = '/v1/orders') =>
  fetchUnshed(`http://127.0.0.1:${api?.port}${target}`, { headers });
const statusAt = async (api: RunningApi | undefined, key: string): Promise<number> =>
  (await get(api, { authorization: `Bearer ${key}` })).status;
const everywhere = async (key: string, status: number): Promise<boolean> =>
  (await Promise.all(apis.map((api) => statusAt(api, key)))).every((one) => one === status);

const send = (method: string, target: string, body: unknown, key = writer): Promise<Response> =>
  fetchUnshed(`http://127.0.0.1:${apis[0]?.port}${target}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });

const order = {
  customerId: 'c-1',
  currency: 'GBP',
  lines: [{ sku: 'MUG', quantity: 1 }],
  paymentToken: 'tok_ok',
};

/** An order of the store, for its stream of events. */
async function place(): Promise<string> {
  let orderId = '';
  await until(async () => {
    const answer = await send('POST', '/v1/orders', order);
    ({ orderId = '' } = (await answer.json()) as { orderId?: string });
    return answer.status === 202; // the product may have to be folded first
  });
  return orderId;
}

/** Opens the order's stream; `isOver` once the server has ended it. */
async function openStream(api: RunningApi, key: string, orderId: string) {
  const target = `/v1/orders/${orderId}/events`;
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream', prefer: 'wait=10' };
  const answer = await get(api, headers, target);
  expect(answer.status).toBe(200);
  const stream = { isOver: false };
  void answer.text().then(() => (stream.isOver = true));
  return stream;
}

test('a key lives at every process until it is revoked; its streams and sessions end with it', async () => {
  const [api, other] = apis;
  if (!api || !other) throw new Error('two processes were started');
  const asked = ['--store', store, '--label', 'shop', '--scopes', 'orders:read,analytics:read', '--json'];
  const ran = await millrace('create', ...asked);
  expect(ran.code, ran.stderr).toBe(0);
  const { keyId, text } = JSON.parse(ran.stdout) as NewKey;
  const bystander = await create('till');
  await until(() => everywhere(text, 200));
  await until(() => everywhere(bystander.text, 200));
  const orderId = await place();
  const path = `/v1/orders/${orderId}`;
  await until(async () => (await get(api, { authorization: `Bearer ${text}` }, path)).status === 200);
  const streams = await Promise.all(apis.map((one) => openStream(one, text, orderId)));
  const kept = await openStream(api, bystander.text, orderId);
  const session = await fetch(`http://127.0.0.1:${api.port}/v1/session`, {
    method: 'POST',
    headers: { authorization: `Bearer ${text}` },
  });
  const cookie = (session.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  expect((await get(other, { cookie })).status).toBe(200);

  const revoked = await millrace('revoke', keyId, '--reason', 'laptop lost', '--json');
  expect(JSON.parse(revoked.stdout)).toMatchObject({ keyId, store, label: 'shop', before: false });
  await until(() => everywhere(text, 401), undefined, revokedWithinMs);
  await until(
    () => streams.every(({ isOver }) => isOver),
    () => streams,
    revokedWithinMs,
  );
  expect((await get(other, { cookie })).status).toBe(401);
  expect([kept.isOver, await everywhere(bystander.text, 200)]).toEqual([false, true]);
});

test('a key ends by itself, with its streams, when it expires', async () => {
  const [api] = apis;
  if (!api) throw new Error('two processes were started');
  const orderId = await place();
  const untilMs = Date.now() + 10_000;
  const { text } = await create('guest', untilMs);
  await until(() => everywhere(text, 200));
  const stream = await openStream(api, text, orderId);
  await until(
    () => stream.isOver,
    () => stream,
    25_000,
  );
  expect(Date.now()).toBeGreaterThanOrEqual(untilMs);
  expect(await everywhere(text, 401)).toBe(true);
});

test('a key with a daily quota sends so many commands a day, and the list says so', async () => {
  const asked = ['--store', store, '--scopes', 'orders:write', '--label', 'capped', '--daily-quota', '2'];
  const ran = await millrace('create', ...asked, '--json');
  expect(ran.code, ran.stderr).toBe(0);
  const { keyId, text } = JSON.parse(ran.stdout) as NewKey;
  await until(() => everywhere(text, 403)); // known; it may not read
  await place(); // by another key: the product is folded, and the quota is of this key alone
  const statuses: number[] = [];
  for (let i = 0; i < 3; i += 1) statuses.push((await send('POST', '/v1/orders', order, text)).status);
  expect(statuses).toEqual([202, 202, 429]);
  const { keys } = JSON.parse((await millrace('list', '--store', store, '--json')).stdout) as {
    readonly keys: readonly { readonly keyId: string; readonly dailyQuota: number | null }[];
  };
  expect(keys.find((key) => key.keyId === keyId)).toMatchObject({ dailyQuota: 2 });
});

test('its text is shown once, the third of a client is refused, and what is wrong has an exit code of its own', async () => {
  const first = await create('rotating');
  await create('rotating');
  const asked = ['--store', store, '--scopes', 'orders:read', '--label', 'rotating', '--json'];
  const third = await millrace('create', ...asked);
  expect(third.code).toBe(exitCodes.conflict);
  expect(JSON.parse(third.stderr)).toMatchObject({
    code: 'too-many-keys',
    message: expect.stringContaining(first.keyId),
    next: 'npx millrace keys list',
  });
  const list = await millrace('list', '--store', store, '--json');
  expect(list.stdout).not.toContain(first.text.slice(-49));
  expect(list.stdout).not.toContain(digestApiKey(first.text));
  const { keys } = JSON.parse(list.stdout) as { keys: readonly { readonly keyId: string }[] };
  const shown = keys.find(({ keyId }) => keyId === first.keyId);
  expect(shown).toMatchObject({
    label: 'rotating',
    state: 'live',
    scopes: ['orders:read', 'analytics:read'],
  });
  const unknown = await millrace('revoke', 'ffff', '--reason', 'x');
  expect(unknown.code).toBe(exitCodes.notFound);
});

test('every key made and revoked has its audit record, which the auditor finds on the real topics', async () => {
  const { keyId } = await create('audited');
  await revokeKey(access, keyId, 'tested');
  const logger = pino({ level: 'silent' });
  const sources = await openAuditSources(stack.config, logger);
  try {
    const recording = recordLive(sources, stack.config, {
      restAtMs: null,
      clientJournals: '',
      given: nothingGiven,
    });
    const facts = await recording.privileged?.();
    // the tests' own keys are put without one
    const config = (facts?.config ?? []).filter(
      ({ value }) => value?.store === store && value.requestId !== null,
    );
    const audited = { audit: facts?.audit ?? [], config, customers: [] };
    expect(config.length).toBeGreaterThanOrEqual(2);
    const reportOn = (privileged: AuditEnd['privileged']) => {
      const rule = createI23();
      return rule.end({ privileged } as AuditEnd);
    };
    expect(reportOn(audited)).toMatchObject({ verdict: 'holds', violations: 0 });
    const [lost] = config;
    const without = audited.audit.filter(({ value }) => value?.body.effectId !== lost?.value?.requestId);
    expect(reportOn({ ...audited, audit: without })).toMatchObject({ verdict: 'violated' });
  } finally {
    await sources.close();
  }
});

test('where Kafka does not answer nothing is made: exit 69', async () => {
  const args = ['create', '--store', store, '--scopes', 'orders:read', '--json'];
  const ran = await millrace(...args, '--set', 'KAFKA_BROKERS=127.0.0.1:1');
  expect(ran.code).toBe(exitCodes.unavailable);
});
