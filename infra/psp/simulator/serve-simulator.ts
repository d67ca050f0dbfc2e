import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import { openLedger } from './ledger.ts';
import { createProvider, type Provider } from './provider.ts';
import { bodyBytesMax, type ErrorReply, type PaymentObject } from './protocol.ts';

export interface SimulatorSettings {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Callers present it as a bearer token. */
  readonly secret: string;
  /** Of the ledger. */
  readonly folder: string;
  readonly seed: number;
  /** How long an operation takes, half of it before and half after it is executed. */
  readonly latency: { readonly minMs: number; readonly maxMs: number };
  /** The ledger could not be written: the process must end, its memory is ahead of its books. */
  onFatal(error: Error): void;
}

export interface Simulator {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the simulator provider over its ledger. Rejects if the ledger is damaged or the port is taken. */
export async function serveSimulator(settings: SimulatorSettings): Promise<Simulator> {
  const ledger = await openLedger(settings.folder);
  const provider = createProvider(settings.seed);
  for (const line of ledger.lines) provider.restore(line);
  const isOurs = bearerCheck(settings.secret);
  const busy = new Set<string>();
  let broken = false;

  const operate = async (request: http.IncomingMessage): Promise<Reply> => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key.length === 0 || key.length > 255) {
      return error(
        400,
        'invalid_request',
        'idempotency_key',
        'An Idempotency-Key of 1 to 255 characters is needed.',
      );
    }
    const bytes = await readBody(request);
    if (bytes === null) return error(413, 'invalid_request', 'too_large', `At most ${bodyBytesMax} bytes.`);
    if (busy.has(key)) return error(409, 'idempotency_error', 'key_in_use', 'This key is being worked on.');
    busy.add(key);
    try {
      const halfMs = latencyOf(settings, key) / 2;
      await wait(halfMs);
      const answer = provider.execute(key, bytes, Date.now());
      if (answer.line) await ledger.append(answer.line);
      await wait(halfMs);
      return { status: answer.status, text: answer.reply };
    } finally {
      busy.delete(key);
    }
  };

  const route = async (request: http.IncomingMessage): Promise<Reply> => {
    if (!isOurs(request.headers.authorization))
      return error(401, 'authentication', 'unauthorized', 'Wrong secret.');
    const url = new URL(request.url ?? '/', 'http://simulator');
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /operations':
        return operate(request);
      case 'GET /objects':
        return listObject(provider, url.searchParams);
      case 'GET /ledger':
        return { status: 200, text: JSON.stringify(provider.dump()) };
      default:
        return error(404, 'invalid_request', 'no_such_route', 'POST /operations, GET /objects, GET /ledger.');
    }
  };

  const server = http.createServer((request, response) => {
    route(request).then(
      ({ status, text }) => {
        response.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      },
      (cause: unknown) => {
        response.destroy();
        if (request.destroyed && !request.complete) return; // the caller hung up in the middle of his body
        if (!broken) settings.onFatal(new Error('the ledger could not be written', { cause }));
        broken = true;
      },
    );
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : settings.port;
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      await closed;
      await ledger.close();
    },
  };
}

interface Reply {
  readonly status: number;
  /** JSON. */
  readonly text: string;
}

const error = (status: number, type: string, code: string, message: string): Reply => ({
  status,
  text: JSON.stringify({ error: { type, code, message } } satisfies ErrorReply),
});

/** `{data: [object]}`, or an empty list. */
function listObject(provider: Provider, query: URLSearchParams): Reply {
  const id = query.get('id');
  const opId = query.get('opId');
  let object: PaymentObject | undefined;
  if (id !== null) object = provider.objectById(id);
  else if (opId !== null) object = provider.objectByOpId(opId);
  else return error(400, 'invalid_request', 'parameter', 'opId or id is needed.');
  return { status: 200, text: JSON.stringify({ data: object ? [object] : [] }) };
}

/** The body, or null if it is too large. Rejects if the caller hangs up before its end. */
async function readBody(request: http.IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= bodyBytesMax) chunks.push(chunk as Buffer); // read to its end, else the caller gets a reset for an answer
  }
  return size <= bodyBytesMax ? Buffer.concat(chunks) : null;
}

function bearerCheck(secret: string): (header: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(`Bearer ${secret}`);
  return (header) => header !== undefined && timingSafeEqual(digest(header), wanted);
}

/** By seed and key, so that it is the same in whatever order operations come. */
function latencyOf({ seed, latency: { minMs, maxMs } }: SimulatorSettings, key: string): number {
  const drawn = createHash('sha256').update(`latency\0${seed}\0${key}`).digest().readUInt32BE(0) / 2 ** 32;
  return minMs + drawn * (maxMs - minMs);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
