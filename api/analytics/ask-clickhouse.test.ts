import { afterEach, expect, test, vi } from 'vitest';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { serverLimits } from '../http/http-server.ts';
import { answerWithinMs, askClickhouse, beginAsking, streamClickhouse } from './ask-clickhouse.ts';

afterEach(() => vi.restoreAllMocks());

/** A client whose every statement takes nine seconds of a clock moved by hand; with the seconds each was given. */
function slowClient() {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const given: unknown[] = [];
  const take = (asked: { clickhouse_settings: { max_execution_time: number } }): void => {
    given.push(asked.clickhouse_settings.max_execution_time);
    nowMs += 9_000;
  };
  const client = {
    query: async (asked: Parameters<typeof take>[0]) => {
      take(asked);
      return { json: async () => ({ meta: [], data: [] }) };
    },
    exec: async (asked: Parameters<typeof take>[0]) => {
      take(asked);
      return { stream: null };
    },
  };
  return { given, client: client as unknown as ClickHouseClient };
}
const statement = { sql: 'SELECT 1', parameters: {} };
const written = { format: 'Parquet', quotesWide: false };

test('all statements of an answer end before the server gives up its connection', async () => {
  expect(answerWithinMs).toBeLessThan(serverLimits.stalledTimeoutMs);
  const json = slowClient();
  const asking = beginAsking(json.client);
  for (let i = 0; i < 3; i += 1) await askClickhouse(asking, statement);
  expect(json.given).toEqual([10, 10, 7]);
  const file = slowClient();
  const asked = beginAsking(file.client);
  await askClickhouse(asked, statement);
  await streamClickhouse(asked, statement, written);
  expect(file.given).toEqual([10, 16]);
});

test('once its time is over, or its caller gone, nothing more is asked', async () => {
  const { client, given } = slowClient();
  const gone = beginAsking(client, answerWithinMs, [AbortSignal.abort()]);
  await expect(askClickhouse(gone, statement)).rejects.toThrow(/view-unavailable/);
  await expect(streamClickhouse(gone, statement, written)).rejects.toThrow(/view-unavailable/);
  expect(given).toEqual([]);
});
