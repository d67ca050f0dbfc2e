import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { requireScope } from '../auth/credential.ts';
import type { Principal } from '../auth/store-directory.ts';
import { parseQuery } from '../http/parse-query.ts';
import { Problem } from '../http/problem.ts';
import { type Call, jsonType, type LiveRule, type Route } from '../http/route.ts';

/** A GET route whose resource may be watched. */
export type LiveGet = Route & { readonly live: LiveRule };

/** One resource, as a caller may see it. */
export interface LiveTarget {
  readonly route: LiveGet;
  readonly principal: Principal;
  readonly params: Call['params'];
  readonly query: unknown;
  /** Path and query as they were asked for. */
  readonly target: string;
}

/**
 * The resource that a path with its query names. Throws what GET would throw before it reads anything: `not-found` for what
 * is no resource to watch, `insufficient-scope`, `invalid-id`, `invalid-query`.
 */
export function liveTarget(routes: readonly LiveGet[], target: string, principal: Principal): LiveTarget {
  const path = target.split('?', 1)[0] ?? '';
  for (const route of routes) {
    const found = paramsOf(route, path);
    if (found === null) continue;
    if (route.scope !== null) requireScope(principal, route.scope);
    const params = Object.fromEntries(
      Object.entries(found).map(([name, raw]) => parseParam(route, name, raw)),
    );
    const query = parseQuery(target, route.query);
    refuseUnwatchable(route, query);
    return { route, principal, params, query, target };
  }
  throw new Problem('not-found', {
    detail:
      'A path of watch names no resource that can be watched; /openapi.json says which have text/event-stream.',
  });
}

/** Throws `invalid-query` where the answer is no JSON that could be sent again and again. */
export function refuseUnwatchable({ live }: LiveGet, query: unknown): void {
  const detail = live.refusal?.(query) ?? null;
  if (detail !== null) throw new Problem('invalid-query', { detail });
}

/** The parameters of a path as they stand in it; null where the path is not the route's. */
function paramsOf({ path: pattern }: Route, path: string): Readonly<Record<string, string>> | null {
  const parts = path.split('/');
  const wanted = pattern.split('/');
  if (parts.length !== wanted.length) return null;
  const params: Record<string, string> = {};
  for (const [i, name] of wanted.entries()) {
    const part = parts[i] ?? '';
    const [, parameter] = /^\{(\w+)\}$/.exec(name) ?? [];
    if (parameter !== undefined && part !== '') params[parameter] = part;
    else if (part !== name) return null;
  }
  return params;
}

function parseParam(route: Route, name: string, raw: string): readonly [string, string] {
  const value = route.params[name]?.(decoded(raw)) ?? null;
  if (value === null) throw new Problem('invalid-id', { detail: `The ${name} in the path is not one.` });
  return [name, value];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem('invalid-id', { detail: 'The percent encoding of a path is broken.' }); // its only error
  }
}

/**
 * Equal for what is one question: store, customer of a visitor, rights, path and parameters, in whatever order they were
 * given. All of a caller that an answer may depend on has to stand here, or it goes to others too.
 */
export function questionKey({ route, principal, params, query }: LiveTarget): string {
  const sorted = (of: object): unknown[] => Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { store, customerId = null, scopes } = principal;
  const asked = [route.path, sorted(params), sorted(query as object)];
  return JSON.stringify([store, customerId, [...scopes].toSorted(), ...asked], (_, value: unknown) =>
    value instanceof Set ? [...value] : value,
  );
}

/** A call of the route that is nobody's request: no header stands in it and nothing that is written to it is sent. */
export function callOf({ principal, params, query, target }: LiveTarget, requestId: string): Call {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: target });
  return {
    principal,
    requestId,
    traceparent: null,
    params,
    query,
    body: undefined,
    idempotencyKey: null,
    produces: jsonType,
    path: target.split('?', 1)[0] ?? '',
    request,
    response: new ServerResponse(request),
  };
}
