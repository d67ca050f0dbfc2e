import { randomUUID } from 'node:crypto';
import { connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import { startSink } from '../../sinks/clickhouse/start.ts';
import { undocumented } from './documented.ts';
import { fetchUnshed } from './fetch-unshed.ts';

export interface Sent {
  readonly key?: string;
  /** JSON unless it is a text; with a body goes an Idempotency-Key of its own. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Got {
  readonly status: number;
  readonly location: string;
  /** Headers and body, as they came. */
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export type Caller = (method: string, target: string, sent?: Sent) => Promise<Got>;

/**
 * Calls the API of this port, by `key()` where a call names no other; reads wait up to 10 s for the view. Rejects where an
 * answer is not as the OpenAPI document says.
 */
export const createCaller =
  (port: () => number, key: () => string, scheme: 'http' | 'https' = 'http'): Caller =>
  async (method, target, { key: by = key(), body, headers = {} } = {}) => {
    const answer = await fetchUnshed(`${scheme}://127.0.0.1:${port()}${target}`, {
      method,
      headers: {
        Prefer: 'wait=10',
        Authorization: `Bearer ${by}`,
        ...(body === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const drift = undocumented(method, target, {
      status: answer.status,
      contentType: answer.headers.get('content-type'),
      body: text,
    });
    if (drift !== null) throw new Error(`${drift}\n${text}`);
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? '',
      text: `${JSON.stringify([...answer.headers])}\n${text}`,
      json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  };

/** The sink into a database of the test's own, a block every 200 ms. */
export const sinkInto =
  (database: string): StartRole =>
  (context) =>
    startSink({
      ...context,
      config: { ...context.config, clickhouseDatabase: database, flushIntervalMs: 200 },
    });

/** Removes a test's database. */
export async function dropDatabase(url: string, database: string): Promise<void> {
  const client = connectClickhouse({ url: url, database: 'default' });
  await client.command({ query: `DROP DATABASE IF EXISTS ${database}` });
  await client.close();
}

/** Polls an order until it looks so; returns it as it looks then. */
export async function orderThat(
  call: Caller,
  path: string,
  holds: (order: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  let order: Record<string, unknown> = {};
  await until(
    async () => {
      order = (await call('GET', path)).json;
      return holds(order);
    },
    () => order,
    30_000,
  );
  return order;
}
