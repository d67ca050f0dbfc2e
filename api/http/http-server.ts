import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Problem, toProblemAnswer } from './problem.ts';
import type { ProblemCode } from './problem-codes.ts';
import { requestIdOf } from './request-id.ts';
import { awaitingContinue } from './run-route.ts';
import { writeAnswer } from './write-answer.ts';

export interface ServerLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
  readonly requestsPerSocketMax: number;
}

export const serverLimits: ServerLimits = {
  headersTimeoutMs: 3_000,
  requestTimeoutMs: 5_000,
  connectionsMax: 10_000,
  requestsPerSocketMax: 100,
};

export interface ServerOptions {
  readonly limits?: ServerLimits;
  /** Certificate chain and private key in PEM: the server speaks HTTPS alone. Null: HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | null;
  /** True once the process was told to stop. */
  readonly isLeaving?: () => boolean;
}

const checkEveryMs = 500;
const headerBytesMax = 16_384;
/** After the last answer on a broken connection its bytes are discarded so long, or a reset could overtake the answer. */
const lingerMs = 200;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * An HTTP or HTTPS server with Node's unsafe defaults closed (reliability §8): short time-outs, caps, and a problem for
 * everything its parser refuses. While `isLeaving`, each answer is the last of its connection and says so.
 */
export function createHardenedServer(
  listener: RequestListener,
  { limits = serverLimits, tls = null, isLeaving = () => false }: ServerOptions = {},
): Server {
  /** Requests of each socket that are not both complete and answered. */
  const open = new WeakMap<Duplex, Set<Exchange>>();
  const counts = new WeakMap<Duplex, number>();
  const begin: RequestListener = (request, response) => {
    const count = (counts.get(request.socket) ?? 0) + 1;
    counts.set(request.socket, count);
    // Said so, this answer ends the connection itself: without it Node's own 503 to the next request follows.
    if (count === limits.requestsPerSocketMax || isLeaving()) response.setHeader('Connection', 'close');
    const exchange = { request, response };
    const exchanges = open.get(request.socket) ?? new Set();
    open.set(request.socket, exchanges.add(exchange));
    const settle = (): void => {
      if (response.closed && request.complete) exchanges.delete(exchange);
    };
    response.once('close', settle);
    request.once('end', settle);
  };
  const serve: RequestListener = (request, response) => {
    begin(request, response);
    listener(request, response);
  };
  const options = {
    requireHostHeader: false,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: checkEveryMs,
    maxHeaderSize: headerBytesMax,
    keepAliveTimeout: 5_000,
  };
  const server =
    tls === null ? createServer(options) : createTlsServer({ ...options, ...tls, minVersion: 'TLSv1.2' });
  server.maxConnections = limits.connectionsMax;
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  // Undocumented, in Node since 0.x: without it a client that half-closes after its request loses the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('request', serve);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaitingContinue.add(request);
    serve(request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    begin(request, response);
    // Not straight to the socket: answers that are owed to earlier requests come first.
    const requestId = requestIdOf(undefined);
    response.setHeader('Request-Id', requestId);
    writeAnswer(request, response, toProblemAnswer(new Problem('expectation-failed'), requestId), true);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(
      socket,
      new Problem('method-not-allowed', { headers: { Allow: 'DELETE, GET, HEAD, POST, PUT' } }),
      requestIdOf(undefined),
    );
  });
  server.on('dropRequest', (_request: IncomingMessage, socket: Duplex) => {
    closeAfterAnswers(socket, open.get(socket) ?? new Set());
  });
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket: Duplex & { readonly bytesRead?: number }) => {
      const waiting = [...(open.get(socket) ?? [])];
      // An answer that has begun, or one still owed to a complete request, must not be followed by a refusal:
      // it would be read as the answer to that request.
      const mayWrite = waiting.every(({ request, response }) => !request.complete && !response.headersSent);
      const silent = !socket.writable || error.code === 'ECONNRESET' || socket.bytesRead === 0;
      if (silent || !mayWrite) socket.destroy();
      else
        refuse(
          socket,
          new Problem(parserCodes.get(error.code) ?? 'malformed-request'),
          requestIdOf(undefined),
        );
    },
  );
  return server;
}

const parserCodes: ReadonlyMap<string | undefined, ProblemCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'payload-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout'],
]);

const refused = new WeakSet<Duplex>();

/** Writes a problem straight to a socket, once, and closes it. */
function refuse(socket: Duplex, problem: Problem, requestId: string): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  const { status, headers, body } = toProblemAnswer(problem, requestId);
  const lines = Object.entries({
    ...headers,
    'Request-Id': requestId,
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => undefined); // the peer may be gone: there is nobody left to tell
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** Node would answer 503 with no body to each further request of the socket: it ends after the answers it is owed. */
function closeAfterAnswers(socket: Duplex, exchanges: ReadonlySet<Exchange>): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  const last = [...exchanges].at(-1);
  if (last) last.response.once('close', () => socket.destroy());
  else socket.destroy();
}
