import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';

export type { ClickHouseClient } from '@clickhouse/client';

const requestTimeoutMs = 30_000;

/** A client of one ClickHouse server or the local engine. Errors are the package's typed `ClickHouseError`. */
export function connectClickhouse(url: string, database: string): ClickHouseClient {
  return createClient({
    url,
    database,
    application: 'millrace',
    request_timeout: requestTimeoutMs,
    max_open_connections: 8,
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF },
  });
}
