import http from 'node:http';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../infra/clients/testing/test-kafka.ts';
import { freePort } from '../infra/local/free-port.ts';
import { canSharePorts } from '../infra/local/roles.ts';
import { type ApiStack, startApiStack } from './testing/api-stack.ts';

let stack: ApiStack;
let credential: string;
const store = `stop-${randomUUID().slice(0, 8)}`;
beforeAll(async () => {
  stack = await startApiStack([]);
  await stack.putStore(store, ['GBP']);
  credential = await stack.putKey(store, ['catalogue:write', 'orders:read']);
});
afterAll(() => stack.stop());

const readyOf = async (port: number): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } })).status;

interface Told {
  readonly status: number | null;
  /** The system's word where no answer came, the problem's type where it is one. */
  readonly error: string | null;
  readonly isLast: boolean;
}

/** A product of its own, by an agent that keeps its connections. */
function put(port: number, agent: http.Agent): Promise<Told> {
  const sku = `S${randomUUID().slice(0, 8).toUpperCase()}`;
  const body = JSON.stringify({ name: 'a thing', prices: [{ currency: 'GBP', unitPriceMinor: 100 }] });
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${credential}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': sku,
    };
    const url = `http://127.0.0.1:${port}/v1/catalogue/${sku}`;
    const request = http.request(url, { method: 'PUT', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        const { type } = JSON.parse(text) as { readonly type?: string };
        resolve({
          status: response.statusCode ?? null,
          error: type?.replace(/^.*\//, '') ?? null,
          isLast: response.headers.connection === 'close',
        });
      });
    });
    request.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: null, error: error.code ?? error.message, isLast: false }),
    );
    request.end(body);
  });
}

const onSharedPort = { SHUTDOWN_TIMEOUT_MS: '8000', HTTP_PORT_SHARED: 'true' };

test.runIf(canSharePorts)(
  'an API that stops goes red, serves on, and leaves a shared port to the others before it cuts or fails a request',
  async () => {
    const api = await stack.startApi(onSharedPort);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    await until(async () => (await put(api.port, agent)).status === 202);
    const told: Told[] = [];
    const client = async (): Promise<void> => {
      for (;;) {
        const answer = await put(api.port, agent);
        told.push(answer);
        if (answer.status === null) return;
      }
    };
    const clients = Array.from({ length: 8 }, client);
    await until(() => told.length > 20);
    expect(told.filter(({ isLast }) => isLast)).toEqual([]);
    const before = told.length;
    const stopped = api.stop();
    expect(await readyOf(api.port)).toBe(503);
    await Promise.all(clients);
    await stopped;
    agent.destroy();
    const ends = told.filter(({ status }) => status === null);
    expect(ends.map(({ error }) => error)).toEqual(ends.map(() => 'ECONNREFUSED'));
    // a machine that is busy elsewhere may shed a request (503 overloaded): that says nothing of the stop
    const answers = told.filter(({ status, error }) => status !== null && error !== 'overloaded');
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
    expect(told.slice(before + 8).filter(({ status, isLast }) => status !== null && !isLast)).toEqual([]);
    expect(told.length - before).toBeGreaterThan(20);
  },
);

test('alone on its port, an API that stops answers those who were there and tells newcomers that it stops', async () => {
  const api = await stack.startApi({ SHUTDOWN_TIMEOUT_MS: '8000' });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  expect((await put(api.port, agent)).status).toBe(202);
  let isStopped = false;
  const stopped = api.stop().then(() => void (isStopped = true));
  await until(async () => (await readyOf(api.port)) === 503);
  const newcomer = async (): Promise<Told> => put(api.port, new http.Agent());
  let told = await newcomer();
  while (told.status === 202) told = await newcomer();
  expect([told, isStopped]).toEqual([{ status: 503, error: 'unavailable', isLast: true }, false]);
  expect(await put(api.port, agent)).toEqual({ status: 202, error: null, isLast: true });
  await stopped;
  agent.destroy();
});

test('Redis and ClickHouse away leave an API ready', async () => {
  const clickhouse = `http://127.0.0.1:${await freePort(0)}`;
  await stack.stopRedis();
  try {
    const api = await stack.startApi({ CLICKHOUSE_URL: clickhouse });
    expect(await readyOf(api.port)).toBe(200);
    expect(api.readiness()).toMatchObject({ ready: true, checks: { memory: 'follows the log' } });
  } finally {
    await stack.startRedis();
  }
});
