import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import { noSummary } from '../../clients/clickhouse-summary.ts';
import { type ChdbEngine, openChdb, type RunResult } from './chdb-engine.ts';
import { toClickhouseError } from './clickhouse-error.ts';
import { readRequest } from './read-request.ts';
import { authenticate, readUsersFile } from './users-file.ts';

export interface ClickhouseFrontOptions {
  readonly folder: string;
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  readonly memoryMaxBytes: number;
  /** As `millrace access clickhouse` writes it; absent: whoever asks may do everything. */
  readonly usersFile?: string;
  /** Files in PEM; absent: HTTP. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
}

const summaryOf = (result: RunResult): string =>
  JSON.stringify({
    read_rows: String(result.readRows),
    read_bytes: String(result.readBytes),
    written_rows: String(result.writtenRows),
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: String(result.writtenRows),
    result_bytes: String(result.bytes.length),
    elapsed_ns: String(Math.round(result.elapsedS * 1e9)),
  });

function send(
  response: ServerResponse,
  status: number,
  headers: http.OutgoingHttpHeaders,
  body: Uint8Array,
): void {
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  response.end(body);
}

/** ClickHouse compresses an answer only where the URL asks for it and the header allows it. */
const wantsGzip = (request: IncomingMessage, url: URL): boolean =>
  url.searchParams.get('enable_http_compression') === '1' &&
  /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');

const contentTypes: Readonly<Record<string, string>> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
};

/**
 * Serves ClickHouse's HTTP interface (what `@clickhouse/client` uses of it) on one chDB folder. Rejects when the port is
 * taken or the folder is another process's. A bad request gets ClickHouse's own error and changes nothing.
 */
export async function serveClickhouse(options: ClickhouseFrontOptions) {
  const { usersFile, tls } = options;
  const users = usersFile === undefined ? undefined : readUsersFile(usersFile);
  const engine: ChdbEngine = openChdb(
    options.folder,
    options.memoryMaxBytes,
    usersFile === undefined || users === undefined
      ? undefined
      : { file: usersFile, roles: [...users.values()].map(({ role }) => role) },
  );
  const bodies = path.join(options.folder, 'bodies');
  rmSync(bodies, { recursive: true, force: true });
  mkdirSync(bodies, { recursive: true });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://front');
    if (
      url.pathname === '/ping' ||
      (url.pathname === '/' && request.method === 'GET' && !url.searchParams.has('query'))
    ) {
      send(response, 200, { 'Content-Type': 'text/html; charset=UTF-8' }, Buffer.from('Ok.\n'));
      return;
    }
    const files: string[] = [];
    let isGone = false;
    response.on('close', () => {
      isGone = !response.writableFinished;
    });
    const queryId = url.searchParams.get('query_id') ?? randomUUID();
    const common = {
      'X-ClickHouse-Query-Id': queryId,
      'X-ClickHouse-Server-Display-Name': 'chdb',
      'X-ClickHouse-Timezone': 'UTC',
    };
    try {
      const as = users === undefined ? undefined : authenticate(users, request);
      const read = await readRequest(request, () => {
        const file = path.join(bodies, `${randomUUID()}.rows`);
        files.push(file);
        return file;
      });
      const countsRows = request.headers[noSummary.name] !== noSummary.value;
      const result = await engine.run({
        ...read,
        ...(as ? { as } : {}),
        readOnly: request.method === 'GET',
        countsRows,
        isGone: () => isGone,
      });
      const format = formatOf(read.statement.kind === 'insert' ? '' : read.statement.sql) ?? read.format;
      const headers = {
        ...common,
        'Content-Type': contentTypes[format] ?? 'application/octet-stream',
        'X-ClickHouse-Format': format,
        ...(countsRows ? { 'X-ClickHouse-Summary': summaryOf(result) } : {}),
      };
      if (wantsGzip(request, url)) {
        send(
          response,
          200,
          { ...headers, 'Content-Encoding': 'gzip' },
          zlib.gzipSync(result.bytes, { level: 1 }),
        );
      } else send(response, 200, headers, result.bytes);
    } catch (thrown) {
      const error = toClickhouseError(thrown);
      const headers = {
        ...common,
        'Content-Type': 'text/plain; charset=UTF-8',
        'X-ClickHouse-Exception-Code': String(error.code),
      };
      if (!request.complete) request.resume(); // the rest of a refused body
      if (!response.headersSent) send(response, error.status, headers, Buffer.from(error.body));
      else response.destroy();
    } finally {
      for (const file of files) rmSync(file, { force: true });
    }
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  };
  const limits = { maxHeaderSize: 1 << 20, keepAliveTimeout: 30_000 };
  const server =
    tls === undefined
      ? http.createServer(limits, serve)
      : https.createServer(
          { ...limits, cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile) },
          serve,
        );
  server.requestTimeout = 0; // a long insert streams for as long as its writer wants
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${options.host}:${port}`,
    version: engine.version,
    close: async (): Promise<void> => {
      server.closeIdleConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        setTimeout(() => server.closeAllConnections(), 2_000).unref();
      });
      engine.close();
    },
  };
}

const formatOf = (sql: string): string | undefined =>
  /\bFORMAT\s+(\w+)\s*(?:SETTINGS\s[\s\S]*)?$/i.exec(sql)?.[1];
