import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFile } from 'node:fs/promises';
import zlib from 'node:zlib';
import { ClickhouseError } from './clickhouse-error.ts';
import { readStatement, type Statement } from './statement.ts';

/** The largest body that is held in memory; rows of an INSERT whose statement stands in the URL are streamed, without limit. */
const textMaxBytes = 64 * 1024 * 1024;

const notSettings = new Set(
  'query query_id database default_format session_id session_timeout session_check user password quota_key role compress decompress wait_end_of_query buffer_size stacktrace close_session'.split(
    ' ',
  ),
);
// Rows are always written before the answer, so these two only promise less than what happens.
const ignoredSettings = new Set([
  'async_insert',
  'wait_for_async_insert',
  'enable_http_compression',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
]);

export interface ClickhouseRequest {
  readonly statement: Statement;
  readonly dataFile?: string;
  readonly database?: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  readonly format: string;
  readonly queryId?: string;
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'];
  const decoder = {
    gzip: () => zlib.createGunzip(),
    deflate: () => zlib.createInflate(),
    br: () => zlib.createBrotliDecompress(),
    zstd: () => zlib.createZstdDecompress(),
  }[encoding ?? ''];
  if (encoding === undefined || encoding === 'identity') return request;
  if (decoder === undefined)
    throw new ClickhouseError(
      737,
      `Content-Encoding ${encoding} is not supported; use gzip`,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  const stream = decoder();
  request.on('error', (error) => stream.destroy(error));
  return request.pipe(stream);
}

async function readText(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > textMaxBytes) {
      throw new ClickhouseError(
        206,
        `The body exceeds ${textMaxBytes} bytes; put the INSERT into the URL and stream its rows`,
        'QUERY_IS_TOO_LARGE',
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Reads `multipart/form-data` whose parts are `query` and `param_…`, as @clickhouse/client sends it. */
async function readForm(body: Buffer, contentType: string): Promise<ReadonlyMap<string, string>> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  return new Map([...form].filter((part): part is [string, string] => typeof part[1] === 'string'));
}

/**
 * Reads one HTTP request as ClickHouse's server does: the statement from `?query=` and the body together, settings and
 * `param_…` from the URL, an INSERT's rows into `newFile()`. Throws `ClickhouseError`.
 */
export async function readRequest(
  request: IncomingMessage,
  newFile: () => string,
): Promise<ClickhouseRequest> {
  const url = new URL(request.url ?? '/', 'http://front');
  const pairs = new Map(url.searchParams);
  if (pairs.has('session_id'))
    throw new ClickhouseError(
      48,
      'session_id is not supported: each request is its own session',
      'NOT_IMPLEMENTED',
    );
  if (pairs.get('compress') === '1' || pairs.get('decompress') === '1') {
    throw new ClickhouseError(
      48,
      "ClickHouse's own block compression is not supported; use gzip",
      'NOT_IMPLEMENTED',
    );
  }
  const stream = decoded(request);
  const contentType = request.headers['content-type'] ?? '';
  let statement: Statement;
  let dataFile: string | undefined;
  const inUrl = pairs.get('query') ?? '';
  const urlStatement = /^\s*(?:--|\/\*|#|insert)/i.test(inUrl) ? readStatement(inUrl) : undefined;
  if (urlStatement?.kind === 'insert') {
    statement = urlStatement;
    dataFile = newFile();
    const inline = inUrl.slice(urlStatement.dataAt);
    await pipeline(stream, createWriteStream(dataFile));
    if (inline.trim() !== '')
      throw new ClickhouseError(62, 'Rows stand in the URL and in the body', 'SYNTAX_ERROR');
  } else {
    const body = await readText(stream);
    const form = contentType.startsWith('multipart/form-data')
      ? await readForm(body, contentType)
      : undefined;
    for (const [name, value] of form ?? []) if (name !== 'query') pairs.set(name, value);
    const text = form?.get('query') ?? body.toString('utf8');
    const sql = inUrl === '' ? text : text === '' ? inUrl : `${inUrl}\n${text}`;
    statement = readStatement(sql);
    if (statement.kind === 'insert') {
      dataFile = newFile();
      // The body may be binary: its rows are cut out of the bytes, not out of the text.
      const rowsAt = Buffer.byteLength(sql.slice(0, statement.dataAt));
      const all = form === undefined && inUrl === '' ? body : Buffer.from(sql);
      await writeFile(dataFile, all.subarray(rowsAt));
    }
  }
  const database = pairs.get('database') ?? request.headers['x-clickhouse-database']?.toString();
  const queryId = pairs.get('query_id');
  return {
    statement,
    ...(dataFile === undefined ? {} : { dataFile }),
    ...(database === undefined ? {} : { database }),
    ...(queryId === undefined ? {} : { queryId }),
    settings: new Map(
      [...pairs].filter(([n]) => !notSettings.has(n) && !ignoredSettings.has(n) && !n.startsWith('param_')),
    ),
    parameters: new Map(
      [...pairs].filter(([n]) => n.startsWith('param_')).map(([n, v]) => [n.slice('param_'.length), v]),
    ),
    format:
      pairs.get('default_format') ?? request.headers['x-clickhouse-format']?.toString() ?? 'TabSeparated',
  };
}
