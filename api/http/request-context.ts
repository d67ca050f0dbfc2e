import type { IncomingMessage } from 'node:http';
import type { Principal } from '../auth/store-directory.ts';
import type { LimitState } from './limit-headers.ts';
import type { ProblemCode } from './problem-codes.ts';
import { requestIdOf, traceparentOf } from './request-id.ts';

/** What is known of a request beside its own message. */
export interface RequestContext {
  readonly requestId: string;
  readonly traceparent: string | null;
  readonly startedAtMs: number;
  /** The route's pattern: never the path itself, which may hold anything. */
  route: string | null;
  /** Whose credential it came with, found before its turn; whether it is good still is asked then. */
  caller: Principal | null;
  /** Who was let in. */
  principal: Principal | null;
  problem: ProblemCode | null;
  /** What lay behind the problem, such as an error of a client of ours. */
  fault: unknown;
  /** More came than the process keeps up with: the request is to be told so before anything else is looked at. */
  shed: boolean;
  /** The limits it came under, as they stand when it is asked. */
  limits: () => readonly LimitState[];
}

const held = Symbol('the context of a request');

/** The context of a request, made at the first question. It hangs on the request: a WeakMap of all costs each collection. */
export function contextOf(request: IncomingMessage & { [held]?: RequestContext }): RequestContext {
  const known = request[held];
  if (known) return known;
  const context: RequestContext = {
    requestId: requestIdOf(single(request.headers['request-id'])),
    traceparent: traceparentOf(single(request.headers['traceparent'])),
    startedAtMs: performance.now(),
    route: null,
    caller: null,
    principal: null,
    problem: null,
    fault: null,
    shed: false,
    limits: () => [],
  };
  request[held] = context;
  return context;
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
