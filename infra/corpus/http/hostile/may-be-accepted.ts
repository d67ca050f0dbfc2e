import type { DocumentedRoute } from './api-document.ts';
import type { HostileRequest } from './hostile-request.ts';

/** Headers that may stand once (reliability §8). */
const onceOnly =
  /^(host|authorization|content-type|content-encoding|idempotency-key|cookie|if-match|expect)$/;
const depthMax = 20;

/**
 * Why no 2xx may answer a request, judged from its bytes and the published document alone, or null if one may. It knows
 * less than the API does: a refusal is never wrong by it, an acceptance may be.
 */
export function whyNot(
  request: HostileRequest,
  routes: readonly DocumentedRoute[],
  key: string,
): string | null {
  const { method, target, headers } = request;
  if (request.breaksFraming && !request.mayGoUnread) return 'the message is broken';
  const [path = '', query] = target.split(/\?(.*)/s);
  if (target.length > 2_048) return 'the target is too long';
  const named = headers.map(([name]) => name.toLowerCase());
  if (headers.length > 100) return 'too many headers';
  const twice = named.find((name, i) => onceOnly.test(name) && named.indexOf(name) !== i);
  if (twice !== undefined) return `${twice} stands twice`;
  const header = (wanted: string): string | undefined =>
    headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (!header('host')) return 'no Host';
  if (method === 'OPTIONS') return null; // what a path offers is no secret
  const isPage = !path.startsWith('/v1/') && (method === 'GET' || method === 'HEAD');
  if (isPage) return null;
  const asked = method === 'HEAD' ? 'GET' : method;
  const route = routes.find((one) => one.method === asked && one.pattern.test(path));
  if (!route) return 'there is no such route';
  const asksForKey = !route.isSigned && !route.isAnonymous;
  if (asksForKey && !/^bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1]?.startsWith(key))
    return 'no key';
  if (query !== undefined && !isKnownQuery(query, route)) return 'a parameter nobody knows, or twice';
  if (route.isSigned) return 'nobody signed it';
  if (route.needsIdempotencyKey && !/^[!-~]{1,255}$/.test(header('idempotency-key') ?? ''))
    return 'no Idempotency-Key';
  return route.takesBody ? whyNotBody(request, route, header) : null;
}

function isKnownQuery(query: string, route: DocumentedRoute): boolean {
  const names = query
    .split('&')
    .filter(Boolean)
    .map((part) => part.split('=', 1)[0] ?? '');
  return names.every((name, i) => route.query.has(name) && names.indexOf(name) === i);
}

function whyNotBody(
  { body }: HostileRequest,
  route: DocumentedRoute,
  header: (name: string) => string | undefined,
): string | null {
  if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(header('content-type') ?? ''))
    return 'no JSON type';
  if (!/^(identity)?$/i.test(header('content-encoding') ?? '')) return 'an encoding';
  if (body === null || body.length > 65_536) return 'no body, or too large';
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body); // a byte order mark may be ignored (RFC 8259 §8.1)
    value = JSON.parse(text);
  } catch {
    return 'no JSON in UTF-8';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no object';
  if (depthOf(value) > depthMax) return 'too deep';
  if (keysIn(text) !== keysOf(value)) return 'a key stands twice, or is forbidden';
  return route.isBody(value) ? null : 'not what the document describes';
}

const childrenOf = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...childrenOf(value).map(depthOf)) : 0;

/** Keys as they are written: a string before a colon. */
const keysIn = (text: string): number =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;

/** Keys as they were parsed: of two equal ones the first is gone. */
const keysOf = (value: unknown): number =>
  (Array.isArray(value) || typeof value !== 'object' || value === null ? 0 : Object.keys(value).length) +
  childrenOf(value).reduce<number>((sum, child) => sum + keysOf(child), 0);
