import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { noSummary } from './clickhouse-summary.ts';
import { LinkFault } from './link-fault.ts';
import type { Link } from './links.ts';

export type { ClickHouseClient } from '@clickhouse/client';

/** A statement without an answer for so long is given up by us; the engine may still be at work on it. */
export const requestTimeoutMs = 30_000;

/**
 * A client of one ClickHouse server or the local engine, whose answers have no `summary` there. Errors are the package's
 * typed `ClickHouseError`.
 */
export function connectClickhouse({
  url,
  database,
  username,
  password,
}: Link & { readonly database: string }): ClickHouseClient {
  return createClient({
    url,
    database,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    application: 'millrace',
    http_headers: { [noSummary.name]: noSummary.value },
    request_timeout: requestTimeoutMs,
    max_open_connections: 8,
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/** ErrorCodes.cpp. */
const unknownDatabase = '81';

/** Whether the link's database is there. Rejects with a LinkFault where nobody answers or we are not let in. */
export async function hasDatabase(link: Link & { readonly database: string }): Promise<boolean> {
  const client = connectClickhouse(link);
  try {
    const answer = await client.query({ query: 'SELECT 1', format: 'JSONEachRow' });
    await answer.text();
    return true;
  } catch (error) {
    if (error instanceof ClickHouseError && error.code === unknownDatabase) return false;
    throw new LinkFault({ engine: 'ClickHouse', at: link.url, username: link.username }, error);
  } finally {
    await client.close();
  }
}
