import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { noSummary } from './clickhouse-summary.ts';
import type { Link } from './links.ts';

export type { ClickHouseClient } from '@clickhouse/client';

const requestTimeoutMs = 30_000;

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
