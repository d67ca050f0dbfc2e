import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import {
  authenticate,
  type Authenticator,
  findCaller,
  refuseCredentialInUrl,
  refuseVisitor,
  requireScope,
} from '../auth/credential.ts';
import type { Principal } from '../auth/store-directory.ts';
import type { Scope } from '../../schemas/api-key.ts';
import type { Admission } from './admission.ts';
import type { Answer } from './answer.ts';
import { holdsCardData } from './card-data.ts';
import { toFieldErrors } from './field-errors.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { DailyQuotas } from '../idempotency/daily-quotas.ts';
import { chooseMediaType, requireJsonBody } from './media-type.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { parseQuery } from './parse-query.ts';
import { Problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { contextOf } from './request-context.ts';
import { type Call, eventStreamType, type Produced, type Route } from './route.ts';
import { writeAnswer } from './write-answer.ts';
import type { RateLimit } from './rate-limit.ts';

export interface Doorkeeper {
  readonly directory: Authenticator;
  readonly rateLimit: RateLimit;
  readonly quotas?: Pick<DailyQuotas, 'statesOf'>;
  readonly admission: Admission;
  readonly nowMs: () => number;
  /** The clock of the rate limit, ms; default: the process's monotonic one. */
  readonly rateNowMs?: () => number;
  /** What counts as the Authorization header; default: that header alone. */
  readonly credentialOf?: (request: IncomingMessage) => string | undefined;
}

const monotonicMs = (): number => performance.now();

/** Requests that sent `Expect: 100-continue` and wait for it before they send their body. */
export const awaitingContinue = new WeakSet<IncomingMessage>();

const credentialOf = (door: Doorkeeper, request: IncomingMessage): string | undefined =>
  door.credentialOf ? door.credentialOf(request) : request.headers.authorization;

/**
 * Whether its credential is a key's, looked at before the request has its turn; the context keeps whose. A visitor of the
 * shop is none: anybody may have as many tokens as he likes, so visitors wait with those who are unknown.
 */
export function isOfKey(door: Doorkeeper, request: IncomingMessage): boolean {
  const caller = findCaller(credentialOf(door, request), door.directory, door.nowMs());
  contextOf(request).caller = caller;
  return caller !== null && caller.customerId === undefined;
}

/** Who calls. A key that was changed, revoked or ran out while the request waited is looked at anew. */
function callerOf(door: Doorkeeper, request: IncomingMessage): Principal {
  const { caller } = contextOf(request);
  if (caller !== null && door.directory.isCurrent(caller, door.nowMs())) return caller;
  return authenticate(credentialOf(door, request), door.directory, door.nowMs());
}

/**
 * The credential, key, scope and rate of a request, in that order (reliability §10); the caller is then known
 * to its context, and so are its limits, which every answer names (`setLimits`). Throws a Problem.
 */
export function letIn(door: Doorkeeper, request: IncomingMessage, scope: Scope | null): Principal {
  refuseCredentialInUrl(request.url ?? '');
  const context = contextOf(request);
  const principal = callerOf(door, request);
  context.principal = principal;
  if (scope !== null) requireScope(principal, scope);
  const { refusedBy, states } = door.rateLimit.take(principal, (door.rateNowMs ?? monotonicMs)());
  context.limits = () => [...states, ...(door.quotas?.statesOf(principal) ?? [])];
  if (refusedBy === null) return principal;
  const { quota } = states.find(({ name }) => name === refusedBy) ?? {};
  throw new Problem('rate-limited', {
    detail: `At most ${quota} requests a second for this ${refusedBy}.`,
    retryAfterSeconds: 1,
  });
}

/** Runs one request through the checks of its route, in the order of reliability §10, and answers it. Throws a Problem. */
export async function runRoute(
  door: Doorkeeper,
  route: Route,
  rawParams: Readonly<Record<string, unknown>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (route.signed || route.anonymous) refuseCredentialInUrl(request.url ?? '');
  else {
    const principal = letIn(door, request, route.scope);
    if (!route.visitors) refuseVisitor(principal);
  }
  const leave = door.admission.enter(route.lane ?? (route.method === 'GET' ? 'reads' : 'commands'));
  let answer: Answer | null;
  try {
    answer = await route.handle(await toCall(route, rawParams, request, response));
  } finally {
    leave();
  }
  if (answer) writeAnswer(request, response, answer, false);
}

async function toCall(
  route: Route,
  rawParams: Readonly<Record<string, unknown>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Call> {
  const context = contextOf(request);
  const { requestId, traceparent } = context;
  const principal = route.signed || route.anonymous ? nobody : context.principal;
  if (!principal) throw new Error('the caller was not let in');
  const params = parseParams(route, rawParams);
  const query = parseQuery(request.url ?? '', route.query);
  const idempotencyKey = keyOf(route, request);
  const produces = chooseProduced(route, request);
  const body = await bodyOf(route, request, response);
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  return {
    principal,
    requestId,
    traceparent,
    params,
    query,
    body,
    idempotencyKey,
    produces,
    path,
    request,
    response,
  };
}

function parseParams(route: Route, raw: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(route.params).map(([name, parse]) => {
      const value = parse(String(raw[name]));
      if (value === null) throw new Problem('invalid-id', { detail: `The ${name} in the path is not one.` });
      return [name, value];
    }),
  );
}

function keyOf(route: Route, request: IncomingMessage): string | null {
  const header = request.headers['idempotency-key'];
  if (route.idempotencyKey === 'none') return null;
  if (header === undefined && route.idempotencyKey === 'optional') return null;
  return parseIdempotencyKey(Array.isArray(header) ? header.join(', ') : header);
}

function chooseProduced(route: Route, request: IncomingMessage): Produced {
  const offered =
    request.method === 'HEAD' ? route.produces.filter((type) => type !== eventStreamType) : route.produces;
  const produced = chooseMediaType(request.headers.accept, offered);
  if (produced === null)
    throw new Problem('not-acceptable', { detail: `This route answers ${offered.join(' or ')}.` });
  return produced;
}

/** Who calls a route that asks for no key. */
const nobody: Principal = { store: '', keyId: '', scopes: new Set() };

async function bodyOf(
  { body, signed }: Route,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const goOn = (): void => {
    if (awaitingContinue.delete(request)) response.writeContinue();
  };
  if (signed) return readBody(request, goOn, signed.bytesMax);
  if (!body) return undefined;
  requireJsonBody(request.headers['content-type'], request.headers['content-encoding']);
  return parseBody(body, await readBody(request, goOn));
}

function parseBody(schema: z.ZodType, bytes: Uint8Array): unknown {
  const value = parseJsonBody(bytes);
  if (holdsCardData(value)) throw new Problem('card-data-forbidden');
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw new Problem('validation-failed', { errors: toFieldErrors(parsed.error) });
  return parsed.data;
}
