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
import { contextOf } from './request-context.ts';
import { requestIdOf } from './request-id.ts';
import { type QueueLane, RequestQueue } from './request-queue.ts';
import { awaitingContinue } from './run-route.ts';
import { writeAnswer } from './write-answer.ts';

export interface ServerLimits {
  /** From the first byte, or the connection, to the end of the head; of a TLS handshake too. */
  readonly headersTimeoutMs: number;
  /** From there to the end of the body. */
  readonly requestTimeoutMs: number;
  /**
   * So long a connection may stand on which nothing moves while a request is being served or its answer is taken:
   * longer than any request waits (10 s of `Prefer: wait`, 25 s of a report) and than a heartbeat.
   */
  readonly stalledTimeoutMs: number;
  /** Bytes of answers that all clients together have not taken; above, those who owe the most are cut off. */
  readonly unsentBytesMax: number;
  readonly connectionsMax: number;
  readonly requestsPerSocketMax: number;
}

export const serverLimits: ServerLimits = {
  headersTimeoutMs: 3_000,
  requestTimeoutMs: 5_000,
  stalledTimeoutMs: 30_000,
  unsentBytesMax: 67_108_864,
  connectionsMax: 10_000,
  requestsPerSocketMax: 100,
};

/**
 * How a server that was told to stop meets its clients. `leaving`: each answer is the last of its connection. `shut`: so
 * it is for those who were there, and the first request of any other connection is refused.
 */
export type Door = 'open' | 'leaving' | 'shut';

export interface ServerOptions {
  readonly limits?: ServerLimits;
  /** Certificate chain and private key in PEM: the server speaks HTTPS alone. Null: HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | null;
  /** Default: `open`. */
  readonly door?: () => Door;
  /**
   * Whether a caller who shows a credential is known by it, so that a flood of false ones does not stand between the
   * others. Costs less than to refuse him. Default: whoever shows one.
   */
  readonly isKnown?: (request: IncomingMessage) => boolean;
}

const checkEveryMs = 500;
const headerBytesMax = 16_384;
/** After the last answer on a broken connection its bytes are discarded so long, or a reset could overtake the answer. */
const lingerMs = 200;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What a connection has asked so far. */
interface Conversation {
  requests: number;
  /** Those that are not both complete and answered. */
  readonly open: Set<Exchange>;
  /** To the newest. */
  last: ServerResponse | null;
}

interface Begun {
  readonly isFirst: boolean;
  /** The answer to the request before it on the same connection, where that is still owed. */
  readonly before: ServerResponse | null;
}

/**
 * An HTTP or HTTPS server with Node's unsafe defaults closed (reliability §8): short time-outs, caps, and a problem for
 * everything its parser refuses.
 */
export function createHardenedServer(
  listener: RequestListener,
  { limits = serverLimits, tls = null, door = () => 'open', isKnown = () => true }: ServerOptions = {},
): Server {
  const conversations = new Map<Duplex, Conversation>();
  const conversationOn = (socket: Duplex): Conversation => {
    const known = conversations.get(socket);
    if (known) return known;
    const conversation: Conversation = { requests: 0, open: new Set(), last: null };
    conversations.set(socket, conversation);
    socket.once('close', () => conversations.delete(socket));
    return conversation;
  };
  const openOn = (socket: Duplex): ReadonlySet<Exchange> => conversations.get(socket)?.open ?? new Set();
  const begin = (request: IncomingMessage, response: ServerResponse): Begun => {
    const conversation = conversationOn(request.socket);
    const { open, last } = conversation;
    conversation.requests += 1;
    conversation.last = response;
    // Said so, this answer ends the connection itself: without it Node's own 503 to the next request follows.
    if (conversation.requests === limits.requestsPerSocketMax || door() !== 'open')
      response.setHeader('Connection', 'close');
    const exchange = { request, response };
    const settle = (): void => void open.delete(exchange);
    open.add(exchange);
    response.once('close', () => {
      if (request.complete) settle();
      else request.once('end', settle);
    });
    const before = last === null || last.closed ? null : last;
    return { isFirst: conversation.requests === 1, before };
  };
  const queue = new RequestQueue();
  const serve: RequestListener = (request, response) => {
    const { isFirst, before } = begin(request, response);
    const context = contextOf(request); // its clock starts here: to wait is part of being served
    // Whoever has left meanwhile goes to the listener all the same: it is to tell of every request.
    const inTurn = (lane: QueueLane): void => queue.push(lane, () => listener(request, response));
    if (isFirst && door() === 'shut')
      tell(request, response, new Problem('unavailable', { detail: isStopping }));
    // One at a time: else 5 KB of pipelined questions, their answers unread, are a hundred requests' work at once.
    else if (before !== null) before.once('close', () => inTurn('behind'));
    else if (isProbe(request)) listener(request, response);
    else if (!hasCredential(request) || !isKnown(request)) inTurn('behind');
    else {
      context.shed = queue.isStanding;
      inTurn(context.shed ? 'refused' : 'first');
    }
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
    tls === null
      ? createServer(options)
      : createTlsServer({
          ...options,
          ...tls,
          minVersion: 'TLSv1.2',
          handshakeTimeout: limits.headersTimeoutMs,
        });
  server.timeout = limits.stalledTimeoutMs;
  const sweep = setInterval(() => cutOffUnsent(conversations, limits.unsentBytesMax), checkEveryMs).unref();
  server.once('close', () => clearInterval(sweep));
  server.maxConnections = limits.connectionsMax;
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  // Undocumented, in Node since 0.x: without it a client that half-closes after its request loses the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  let connections = 0;
  server.on('connection', (socket: Duplex) => {
    queue.accepted();
    connections += 1;
    socket.once('close', () => (connections -= 1));
    if (connections > limits.connectionsMax) socket.destroy(); // Node counts those of each listening socket apart
  });
  server.on('request', serve);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaitingContinue.add(request);
    serve(request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    begin(request, response);
    // Not straight to the socket: answers that are owed to earlier requests come first.
    tell(request, response, new Problem('expectation-failed'));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(
      socket,
      new Problem('method-not-allowed', { headers: { Allow: 'DELETE, GET, HEAD, POST, PUT' } }),
      requestIdOf(undefined),
    );
  });
  server.on('dropRequest', (_request: IncomingMessage, socket: Duplex) => {
    closeAfterAnswers(socket, openOn(socket));
  });
  const turnAway = (code: string | undefined, socket: Duplex & { readonly bytesRead?: number }): void => {
    const waiting = [...openOn(socket)];
    // An answer that has begun, or one still owed to a complete request, must not be followed by a refusal:
    // it would be read as the answer to that request.
    const mayWrite = waiting.every(({ request, response }) => !request.complete && !response.headersSent);
    const silent = !socket.writable || code === 'ECONNRESET' || socket.bytesRead === 0;
    if (silent || !mayWrite) socket.destroy();
    else refuse(socket, new Problem(parserCodes.get(code) ?? 'malformed-request'), requestIdOf(undefined));
  };
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket: Duplex) => {
    // Who came at once is late at once: hundreds of them in one piece would be a pause for everybody.
    if (code === lateCode) queue.push('late', () => turnAway(code, socket));
    else turnAway(code, socket);
  });
  server.on('timeout', (socket: Duplex) => queue.push('late', () => socket.destroy())); // Node's way is at once
  return server;
}

/** Of who did not send a whole head or body in time, as `checkConnections` of Node says it. */
const lateCode = 'ERR_HTTP_REQUEST_TIMEOUT';

/** Paths that are answered at once, whoever waits: a process that is busy is not to be taken for a dead one. */
const probePaths: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);

const isProbe = ({ url }: IncomingMessage): boolean => probePaths.has(url);

/** Whether the caller shows a key or a session. */
const hasCredential = ({ headers }: IncomingMessage): boolean =>
  headers.authorization !== undefined || headers.cookie !== undefined;

/** Cuts off who does not take answers, those who owe the most first, until no more than `bytesMax` are left. */
function cutOffUnsent(conversations: ReadonlyMap<Duplex, Conversation>, bytesMax: number): void {
  const unsent = [...conversations].map(([socket, { open }]) => ({
    socket,
    bytes: [...open].reduce((sum, { response }) => sum + response.writableLength, 0),
  }));
  let left = unsent.reduce((sum, { bytes }) => sum + bytes, 0);
  if (left <= bytesMax) return;
  for (const { socket, bytes } of unsent.toSorted((a, b) => b.bytes - a.bytes)) {
    if (left <= bytesMax) return;
    socket.destroy();
    left -= bytes;
  }
}

const parserCodes: ReadonlyMap<string | undefined, ProblemCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'payload-too-large'],
  [lateCode, 'request-timeout'],
]);

const isStopping = 'This instance is shutting down; nothing was done. Send the request again.';

/** Answers a request that nobody looks into, and ends its connection. */
function tell(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  const requestId = requestIdOf(undefined);
  response.setHeader('Request-Id', requestId);
  writeAnswer(request, response, toProblemAnswer(problem, requestId), true);
}

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
