import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Scope } from '../../schemas/api-key.ts';
import type { Principal } from '../auth/store-directory.ts';
import type { Lane } from './admission.ts';
import type { Answer } from './answer.ts';
import type { QuerySchema } from './parse-query.ts';
import type { ProblemCode } from './problem-codes.ts';

export const jsonType = 'application/json';
export const eventStreamType = 'text/event-stream';
export type Produced = typeof jsonType | typeof eventStreamType;

/** One request that passed every check of its route. */
export interface Call<Q = unknown, B = unknown> {
  readonly principal: Principal;
  readonly requestId: string;
  readonly traceparent: string | null;
  /** Path parameters as their parsers gave them. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** Null where the route takes none and none was sent. */
  readonly idempotencyKey: string | null;
  readonly produces: Produced;
  /** Path of the request without its query. */
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What the OpenAPI document says of a route beside its schemas. */
export interface RouteDocs {
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  /** Problems this route adds to those every route has. */
  readonly problems?: readonly ProblemCode[];
  readonly eventStream?: string;
  /** Other types of the 200, which a parameter chooses: plain text to the document. */
  readonly otherTypes?: readonly string[];
}

/** How a GET is asked again and again for those who watch its resource. */
export interface LiveRule {
  /** From an answer to the next question, ms (interface.md §6: 1 s for operations, 5 s for sales). */
  readonly everyMs: number;
  /** What an answer's body says of the resource: two that say the same are no change. Default: all of it. */
  readonly saysOf?: (body: string) => string;
  /** Why a question cannot be watched, in words; null: it can. */
  readonly refusal?: (query: unknown) => string | null;
}

/** Of operations. */
export const everySecond: LiveRule = { everyMs: 1_000 };

export interface RouteSpec<Q extends QuerySchema, B extends z.ZodType> {
  readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  /** As OpenAPI writes it: `/v1/orders/{id}`. */
  readonly path: string;
  /** What the key must hold; null: any valid key will do. */
  readonly scope: Scope | null;
  readonly idempotencyKey: 'required' | 'optional' | 'none';
  /** One parser for each parameter of the path; null = `invalid-id`. */
  readonly params: Readonly<Record<string, (raw: string) => string | null>>;
  readonly query: Q;
  /** Absent: the route reads no body. */
  readonly body?: B;
  /**
   * The body is the bytes as they came, and no API key is asked for: `handle` checks a signature over them before it
   * trusts or parses anything. The call's principal is nobody.
   */
  readonly signed?: { readonly bytesMax: number };
  /** Nobody is asked who he is, and no credential is looked at. The call's principal is nobody. */
  readonly anonymous?: true;
  /** A visitor of the shop may call it too: `handle` keeps him to what is his (`Principal.customerId`). */
  readonly visitors?: true;
  readonly produces: readonly Produced[];
  /** Whose room it takes while it is served. Default: `reads` of a GET, else `commands`. */
  readonly lane?: Lane;
  /** Its answers depend on the caller's store and rights, path and query alone and may be watched, by visitors not; `api/live/` makes the stream. */
  readonly live?: LiveRule;
  readonly docs: RouteDocs;
  /** Null: the handler answers on `response` itself (an event stream). */
  readonly handle: (call: Call<z.output<Q>, z.output<B>>) => Promise<Answer | null>;
}

/** A route whose types have been checked and are no longer needed. */
export type Route = Omit<RouteSpec<QuerySchema, z.ZodType>, 'handle'> & {
  readonly handle: (call: Call) => Promise<Answer | null>;
};

/** Checks that a route's handler fits its schemas. `run-route.ts` calls it with what those schemas gave. */
export const defineRoute = <Q extends QuerySchema, B extends z.ZodType>(spec: RouteSpec<Q, B>): Route =>
  spec as unknown as Route;
