import { gzipSync } from 'node:zlib';
import type { HostileRequest } from './hostile-request.ts';
import { mutateJson } from './mutate-json.ts';
import type { Pick } from './pick.ts';

type Mutate = (request: HostileRequest, pick: Pick) => Partial<HostileRequest>;

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];
const pieces = ['%00', '%2e%2e', '%ZZ', '..', '//', ';', '%', '%F0%9F%98%80', 'a'.repeat(40), ' x', '\\'];
const parameters = [
  'limit=0',
  'limit=1e2',
  'limit=20&limit=20',
  'cursor=abc.def',
  'status=gone',
  'sku=%27%20OR%201%3D1',
  'after=0:99999999999999999',
  'after=9:0',
  'from=yesterday',
  'bucket=eon',
  'token=1',
  '__proto__=1',
  '%',
  '&&&',
  'limit',
  'expand=everything',
  'sort=-createdAt',
];
const headerValues = [
  '',
  'x',
  '"',
  'a'.repeat(300),
  '\u00ff\u00fe',
  '*/*;q=0',
  'text/html',
  'application/json; charset=utf-16',
  'gzip',
  'Bearer mr_live_00',
  'bytes=0-1',
  '"1", "2"',
  'wait=99999999999',
];
const headerNames = [
  'Accept',
  'Content-Type',
  'Content-Encoding',
  'Authorization',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Prefer',
  'Last-Event-ID',
  'Request-Id',
  'traceparent',
  'Cookie',
  'Origin',
  'X-Forwarded-Proto',
  'X-HTTP-Method-Override',
  'Range',
  'Host',
  'Expect',
];

const text = (body: Buffer | null): string => (body ?? Buffer.from('{}')).toString();
const insert = (into: string, at: number, piece: string): string =>
  into.slice(0, at) + piece + into.slice(at);
const withHeader = (request: HostileRequest, name: string, value: string): Partial<HostileRequest> => ({
  headers: [...request.headers, [name, value]],
});

/** What is done to a request, by name. Those of `framing` break the message itself. */
const mutations: Readonly<Record<string, Mutate>> = {
  method: (_request, pick) => ({ method: pick.one(methods) }),
  'path-piece': ({ target }, pick) => ({
    target: insert(target, 1 + pick.below(target.length), pick.one(pieces).replaceAll(/[ \\]/g, '%20')),
  }),
  'path-case': ({ target }) => ({ target: target.toUpperCase() }),
  'path-cut': ({ target }, pick) => ({ target: target.slice(0, 1 + pick.below(target.length)) }),
  'path-slash': ({ target }) => ({ target: `${target}/` }),
  'query-one': ({ target }, pick) => ({ target: `${target}?${pick.one(parameters)}` }),
  'query-two': ({ target }, pick) => ({
    target: `${target}?${pick.one(parameters)}&${pick.one(parameters)}`,
  }),
  'query-long': ({ target }) => ({ target: `${target}?cursor=${'a'.repeat(2_100)}` }),
  'header-add': (request, pick) => withHeader(request, pick.one(headerNames), pick.one(headerValues)),
  'header-change': ({ headers }, pick) => {
    const at = pick.below(headers.length);
    return { headers: headers.map(([name, value], i) => [name, i === at ? pick.one(headerValues) : value]) };
  },
  'header-drop': ({ headers }, pick) => {
    const at = pick.below(headers.length);
    return { headers: headers.filter((_, i) => i !== at) };
  },
  // an earlier mutation may have dropped the last one
  'header-twice': ({ headers }, pick) =>
    headers.length === 0 ? {} : { headers: [...headers, pick.one(headers)] },
  'header-many': ({ headers }) => ({
    headers: [...headers, ...Array.from({ length: 101 }, (_, i) => [`X-${i}`, 'y'] as const)],
  }),
  'header-spelling': ({ headers }) => ({
    headers: headers.map(([name, value]) => [name.toUpperCase(), value]),
  }),
  'body-none': () => ({ body: null }),
  'body-cut': ({ body }, pick) => ({ body: body && body.subarray(0, pick.below(body.length + 1)) }),
  'body-byte': ({ body }, pick) => {
    if (!body || body.length === 0) return { body: Buffer.from([pick.below(256)]) };
    const changed = Buffer.from(body);
    changed[pick.below(changed.length)] = pick.below(256);
    return { body: changed };
  },
  'body-gzip': (request) => ({
    ...withHeader(request, 'Content-Encoding', 'gzip'),
    body: gzipSync(request.body ?? Buffer.alloc(0)),
  }),
  'body-bom': ({ body }) => ({
    body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body ?? Buffer.alloc(0)]),
  }),
  'body-space': ({ body }) => ({ body: Buffer.from(` \n\t${text(body)}\r\n `) }),
  'body-large': ({ body }) => ({ body: Buffer.from(text(body).padEnd(65_600)) }),
  'body-array': ({ body }) => ({ body: Buffer.from(`[${text(body)}]`) }),
  'body-twice': ({ body }) => ({ body: Buffer.from(text(body) + text(body)) }),
  json: ({ body }, pick) => ({ body: Buffer.from(mutateJson(text(body), pick)) }),
  chunked: () => ({ framing: 'chunked' }),
};

/** Broken heads, then, from `brokenBodies` on, bodies: of these a route that reads none need not know. */
const broken: readonly string[] = [
  'Content-Length: -1\r\n\r\n',
  'Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}',
  'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: xchunked\r\n\r\n',
  'X-A: a\nX-Smuggled: 1\r\n\r\n',
  'X A: b\r\n\r\n',
  ' folded: b\r\n\r\n',
  'X-A: \u0000\r\n\r\n',
  `X-A: ${'b'.repeat(17_000)}\r\n\r\n`,
  'Expect: bogus\r\nContent-Length: 2\r\n\r\n{}',
  'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n0\r\n\r\n',
  'Expect: 100-continue\r\nContent-Length: 10737418240\r\n\r\n',
];
const brokenBodies = broken.length - 3;

/** They say little for what they weigh. */
const heavy = new Set(['header-many', 'body-large', 'query-long']);
const names = Object.keys(mutations).flatMap((name) => (heavy.has(name) ? [name] : [name, name, name, name]));
const framingShare = 0.01;
/** Of all requests stay close to a valid one: only their JSON, or nothing, is changed. */
const nearShare = 0.1;

/** A valid request with one to three things done to it, or nothing but to its JSON, or broken as a message. */
export function mutateRequest(valid: HostileRequest, pick: Pick): HostileRequest {
  if (pick.chance(framingShare)) {
    const at = pick.below(broken.length);
    const framing = Buffer.from(broken[at] ?? '', 'latin1');
    const mayGoUnread = at >= brokenBodies && valid.body === null;
    return { ...valid, framing, breaksFraming: true, mayGoUnread, mutations: [`framing-${at}`] };
  }
  const chosen = pick.chance(nearShare)
    ? pick.one([[], ['json'], ['json'], ['chunked', 'json'], ['body-space']])
    : Array.from({ length: 1 + pick.below(3) }, () => pick.one(names));
  return chosen.reduce<HostileRequest>((request, name) => {
    const changed = { ...request, ...mutations[name]?.(request, pick) };
    return { ...changed, mutations: [...request.mutations, name] };
  }, valid);
}
