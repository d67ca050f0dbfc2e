import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import express, { type Express } from 'express';
import { checkFraming } from './check-framing.ts';
import { allowOrigin, answerPreflight } from './cors.ts';
import { Problem, toProblem, toProblemAnswer } from './problem.ts';
import { ClientGone } from './read-body.ts';
import { contextOf } from './request-context.ts';
import type { Route } from './route.ts';
import { type Doorkeeper, letIn, runRoute } from './run-route.ts';
import { writeAnswer } from './write-answer.ts';

/** What is told of a finished request: an allow-list, no header value, query or body (reliability §8). */
export interface RequestLine {
  readonly method: string;
  /** The route's pattern, `unmatched` where none fits. */
  readonly route: string;
  /** `noAnswer` where none began. */
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly store: string | null;
  readonly keyId: string | null;
  readonly problem: string | null;
  /** The answer of an earlier request with its Idempotency-Key, given again. */
  readonly replayed: boolean;
  /** Of the dashboard: sent with its cookie and not with a key. */
  readonly byCookie: boolean;
  /** What lay behind a problem, such as an error of a client of ours. */
  readonly fault: unknown;
}

/** The connection ended before an answer began: nearly always the caller has left. nginx's number for it, never sent. */
export const noAnswer = 499;

export interface AppParts {
  readonly door: Doorkeeper;
  readonly routes: readonly Route[];
  /** Mounts what is no `Route`: pages, probes, routers of other folders. */
  readonly mount: (app: Express) => void;
  readonly observe: (line: RequestLine) => void;
  /** Origins whose pages may read answers; default: none. */
  readonly corsOrigins?: readonly string[];
}

/**
 * The application: Express with its unsafe defaults closed (reliability §8). Every answer that is none is a problem. A
 * request for exactly the path of a route without parameters goes to it straight, since Express's way to a route costs
 * more than most checks of ours.
 */
export function createApp(parts: AppParts): RequestListener {
  const { door, routes, mount, observe, corsOrigins = [] } = parts;
  const origins = new Set(corsOrigins);
  const enter: RequestListener = (request, response) => {
    begin(request, response, observe);
    allowOrigin(origins, request, response);
    checkFraming(request);
    if (contextOf(request).shed) throw new Problem('overloaded'); // pages too: else a made-up key goes past the queue
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('trust proxy', false);
  app.enable('strict routing').enable('case sensitive routing');
  app.use((request, response, next) => {
    enter(request, response);
    next();
  });
  // The router tries one path after the other: what is asked most comes first.
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) mountPath(app, door, path, ofPath);
  mount(app);
  app.use(unknownPath(door));
  // Express knows a handler of errors by its fourth parameter.
  app.use(
    (thrown: unknown, request: express.Request, response: express.Response, _next: express.NextFunction) =>
      answerError(door, thrown, request, response),
  );
  const straight = new Map(
    routes.filter(({ path }) => !path.includes('{')).map((route) => [`${route.method} ${route.path}`, route]),
  );
  return (request, response) => {
    const route = straight.get(`${request.method} ${request.url}`);
    if (route) contextOf(request).route = route.path;
    if (request.socket.destroyed)
      observe(lineOf(request, response)); // its caller left before its turn
    else if (!route) app(request, response);
    else goStraight(door, route, enter, request, response).catch(() => request.socket.destroy());
  };
}

async function goStraight(
  door: Doorkeeper,
  route: Route,
  enter: RequestListener,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    enter(request, response);
    await runRoute(door, route, {}, request, response);
  } catch (error) {
    answerError(door, error, request, response);
  }
}

function begin(request: IncomingMessage, response: ServerResponse, observe: AppParts['observe']): void {
  const context = contextOf(request);
  response.setHeader('Request-Id', context.requestId);
  // RFC 6797 §7.2: said over TLS alone.
  if (request.socket instanceof TLSSocket)
    response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
  response.once('close', () => observe(lineOf(request, response)));
}

function lineOf(request: IncomingMessage, response: ServerResponse): RequestLine {
  const { route, startedAtMs, requestId, principal, caller, problem, fault } = contextOf(request);
  const whose = principal ?? caller; // who was shed, or left before his turn, was not let in and is known all the same
  return {
    method: request.method ?? '',
    route: route ?? 'unmatched',
    status: response.headersSent ? response.statusCode : noAnswer,
    durationMs: performance.now() - startedAtMs,
    requestId,
    store: whose?.store ?? null,
    keyId: whose?.keyId ?? null,
    problem,
    replayed: response.hasHeader('Idempotent-Replayed'),
    byCookie: request.headers.authorization === undefined,
    fault,
  };
}

/** As Express names them. */
const verbs = { DELETE: 'delete', GET: 'get', POST: 'post', PUT: 'put' } as const;

function mountPath(app: Express, door: Doorkeeper, path: string, routes: readonly Route[]): void {
  const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
  for (const route of routes) {
    app[verbs[route.method]](pattern, async (request, response) => {
      contextOf(request).route = path;
      await runRoute(door, route, request.params, request, response);
    });
  }
  app.all(
    pattern,
    otherMethods(
      path,
      routes.flatMap((r) => (r.method === 'GET' ? ['GET', 'HEAD'] : [r.method])),
    ),
  );
}

/** What the other methods of a path get: OPTIONS which there are (RFC 9110 §9.3.7), also without a key; the rest 405. */
export function otherMethods(path: string, methods: readonly string[]): express.RequestHandler {
  const allowed = methods.toSorted();
  const headers = { Allow: allowed.join(', ') };
  return (request, response) => {
    if (request.method !== 'OPTIONS') throw new Problem('method-not-allowed', { headers });
    contextOf(request).route = path;
    answerPreflight(request, response, allowed);
    writeAnswer(request, response, { status: 204, headers, body: '' }, false);
  };
}

/** Operations are closed to keys without their scope even where a path does not exist. */
const unknownPath =
  (door: Doorkeeper): express.RequestHandler =>
  (request) => {
    if (/^\/v1\/ops(\/|$)/.test(request.path)) letIn(door, request, 'ops:read');
    throw new Problem('not-found');
  };

function answerError(
  door: Doorkeeper,
  thrown: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (thrown instanceof ClientGone) {
    request.socket.destroy();
    return;
  }
  const problem = toProblem(undecodable(door, thrown, request));
  const context = contextOf(request);
  context.problem = problem.code;
  context.fault = problem.cause ?? null;
  const close = problem.code === 'malformed-request' || problem.code === 'headers-too-large';
  writeAnswer(request, response, toProblemAnswer(problem, context.requestId), close);
}

/** The router decodes path parameters before any route runs: a broken one is an id that is none, to those let in. */
function undecodable(door: Doorkeeper, thrown: unknown, request: IncomingMessage): unknown {
  if (!(thrown instanceof URIError)) return thrown;
  try {
    letIn(door, request, 'orders:read');
  } catch (refusal) {
    return refusal;
  }
  return new Problem('invalid-id', { detail: 'The percent encoding of the path is broken.' });
}
