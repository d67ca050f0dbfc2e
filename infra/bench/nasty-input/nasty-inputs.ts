import { signatureHeader, signWebhook } from '../../psp/webhook-signature.ts';
import { benchSecret, benchStoreName } from './api-without-engines.ts';

/** One hostile request of at most 64 KB of body and 16 KB of head. */
export interface NastyInput {
  readonly name: string;
  readonly bytes: Buffer;
  /** Requests on the one connection: the cost is told for each. */
  readonly requests: number;
}

const bodyBytes = 65_536;
/** Node reads no longer head; the rest of it has its place. */
const headerBytes = 15_000;

const fillTo = (piece: string, bytes = bodyBytes - 200): string =>
  piece.repeat(Math.floor(bytes / Buffer.byteLength(piece)));
/** `{"a":1,"b":…}` up to the size of a body. */
function keysOf(keyAt: (i: number) => string): string {
  const fields: string[] = [];
  for (let i = 0, bytes = 0; bytes < bodyBytes - 200; i += 1) {
    const field = `"${keyAt(i)}":1`;
    fields.push(field);
    bytes += Buffer.byteLength(field) + 1;
  }
  return `{${fields.slice(0, -1).join(',')}}`;
}
const listOf = (item: string): string => `[${fillTo(`${item},`)}${item}]`;
const order = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    customerId: 'c-1',
    currency: 'GBP',
    lines: [{ sku: 'SKU1', quantity: 1 }],
    paymentToken: 'tok_ok',
    ...change,
  });
const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ sku: `SKU${i}`, quantity: 1 }));
const address = (text: string) => ({
  name: text,
  line1: text,
  line2: text,
  city: text,
  region: text.slice(0, 64),
  postalCode: 'LS1 4AB',
  country: 'GB',
});
/** A run of marks that stands in the reverse of its canonical order. */
const marks = (bytes: number): string => '\u0300'.repeat(bytes / 4) + '\u0316'.repeat(bytes / 4);

const bodies: Readonly<Record<string, string>> = {
  'the largest good order': order({ lines: lines(100), shipTo: address('é'.repeat(128)) }),
  'brackets alone': '['.repeat(bodyBytes),
  'objects in lists, as deep as allowed': `{"a":${listOf(`${'['.repeat(18)}${']'.repeat(18)}`)}}`,
  'short keys': keysOf((i) => i.toString(36)),
  'integer keys': keysOf((i) => String(i)),
  'far apart integer keys': keysOf((i) => String((i * 104_729) % 4_000_000_000)),
  'escaped keys': keysOf((i) => `\\u0061${i}`),
  'one key again and again': keysOf(() => 'k'),
  'keys like prototypes': keysOf((i) => `__proto_${i}__`),
  numbers: `{"a":${listOf('1e308')}}`,
  'one long number': `{"a":${fillTo('1')}}`,
  'a long fraction': `{"a":0.${fillTo('7')}}`,
  'single digits in groups': JSON.stringify({ a: fillTo('1 ') }),
  'digits with dots, in fields': `{"a":${listOf(`"${'1.'.repeat(500)}"`)}}`,
  'near card numbers': JSON.stringify({ a: fillTo('4111111111111112 ') }),
  'combining marks': JSON.stringify({ a: marks(bodyBytes - 200) }),
  'combining marks behind letters': JSON.stringify({ a: fillTo('a\u0316\u0300\u0327\u0315') }),
  'characters that grow': JSON.stringify({ a: fillTo('\ufdfa') }),
  'Hangul to compose': JSON.stringify({ a: fillTo('\u1100\u1161\u11a8') }),
  escapes: `{"a":"${fillTo('\\ud83d\\ude00')}"}`,
  'backslashes without an end': `{"a":"${fillTo('\\')}`,
  'white space': fillTo(' '),
  'lone surrogates': order({ shipTo: address('\ud800'.repeat(100)) }),
  'empty lines': order({ lines: JSON.parse(listOf('{}')) as unknown }),
  'lines that are none': order({ lines: JSON.parse(listOf('0')) as unknown }),
  'lines with unknown fields': order({ lines: JSON.parse(listOf('{"a":1}')) as unknown }),
  'a long id': order({ customerId: fillTo('a') }),
  'a long currency': order({ currency: fillTo('G') }),
  'a long time': order({ orderedAt: `2026-01-01T00:00:00.${fillTo('0')}Z` }),
  'a long quote': order({ quoteId: `q1.${fillTo('.', 16_000)}` }),
  'a quote nobody signed': order({ quoteId: `q1.00000000.${'A'.repeat(16_000)}.${'A'.repeat(43)}` }),
  'a long address': order({ shipTo: address(fillTo('é', 10_000)) }),
};

const headersOf: Readonly<Record<string, string>> = {
  'a quoted Idempotency-Key': `Idempotency-Key: "${fillTo('\\"', headerBytes)}`,
  'a long Idempotency-Key': `Idempotency-Key: ${fillTo('k', headerBytes)}`,
  'Accept of nothing': `Accept: ${fillTo('a/b;', headerBytes)}`,
  'Accept of many': `Accept: ${fillTo('text/x;q=0.1,', headerBytes)}`,
  'Content-Type with parameters': `Content-Type: application/json${fillTo(';charset=a', headerBytes)}`,
  'If-None-Match of many': `If-None-Match: ${fillTo('W/"1",', headerBytes)}`,
  'a long If-Match': `If-Match: ${fillTo(' ', headerBytes)}"1"x`,
  'a long Last-Event-ID': `Last-Event-ID: ${fillTo('1', headerBytes)}`,
  'Prefer of many': `Prefer: ${fillTo('wait =  1x,', headerBytes)}`,
  'a long Prefer': `Prefer: wait${fillTo(' ', headerBytes)}x`,
  'a long Request-Id': `Request-Id: ${fillTo('1', headerBytes)}`,
  'a long traceparent': `traceparent: 00-${fillTo('0', headerBytes)}`,
  'a cookie of separators': `Cookie: ${fillTo('; ', headerBytes)}`,
  'a long session cookie': `Cookie: millrace_session=${fillTo('A', headerBytes)}`,
  'Accept-Encoding of many': `Accept-Encoding: ${fillTo('gzip ; ', headerBytes)}`,
  'a long Host': `Host: ${fillTo('a.', headerBytes)}!`,
  'a hundred headers': Array.from({ length: 95 }, (_, i) => `X-${i}: ${'x'.repeat(100)}`).join('\r\n'),
};

const targets: Readonly<Record<string, string>> = {
  'words that every product has': '/v1/catalogue?q=heart%20holder&limit=100',
  'words of marks': `/v1/catalogue?q=${encodeURIComponent(marks(180)).slice(0, 2_000)}`,
  'many words': `/v1/catalogue?q=${fillTo('a+', 200)}`,
  'many parameters': `/v1/orders?${fillTo('a&', 2_000)}`,
  'one parameter, encoded': `/v1/orders?${fillTo('%61', 2_000)}=1`,
  'a broken encoding': `/v1/orders?limit=${fillTo('%25', 1_950)}%`,
  'a cursor nobody signed': `/v1/orders?cursor=${'A'.repeat(120)}.${'A'.repeat(43)}`,
  'a long id in the path': `/v1/orders/o-${'0'.repeat(2_000)}`,
  slashes: fillTo('/', 2_000),
  'an encoded path': `/v1/orders/${fillTo('%2e', 2_000)}`,
  'a place to wait for': '/v1/orders/o-00000000000000000000000000?after=0:9007199254740991',
  'the OpenAPI document': '/openapi.json',
};

/** Every input by its name; `key` is an API key with every scope, `index` keeps idempotency keys apart. */
export function nastyInputs(key: string, nowMs: number): (index: number) => readonly NastyInput[] {
  const auth = `Authorization: Bearer ${key}\r\n`;
  const head = (line: string, headers: string): string => {
    const host = /^Host:/m.test(headers) ? '' : 'Host: a\r\n';
    return `${line} HTTP/1.1\r\n${host}Connection: close\r\n${headers}\r\n`;
  };
  const json = (text: string): string =>
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
  const hook = (body: string, signature: string): Buffer => {
    const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    const headers = `${signatureHeader}: ${signature}\r\n${length}`;
    return Buffer.from(head(`POST /v1/webhooks/fake/${benchStoreName}`, headers) + body);
  };
  const signed = (body: string): Buffer => hook(body, signWebhook(Buffer.from(body), [benchSecret], nowMs));
  const chunked = (body: string): string =>
    `${Array.from(body, (character) => `1\r\n${character}\r\n`).join('')}0\r\n\r\n`;
  return (index) => {
    const idem = `Idempotency-Key: nasty-${index}\r\n`;
    const post = (path: string, text: string): Buffer =>
      Buffer.from(head(`POST ${path}`, auth + idem + json(text)) + text);
    const get = (target: string, headers = ''): Buffer => Buffer.from(head(`GET ${target}`, auth + headers));
    const good = order({});
    const named: readonly (readonly [string, Buffer])[] = [
      ['a good order', post('/v1/orders', order({ customerId: `c-${index % 100}` }))],
      ...Object.entries(bodies).map(([name, text]) => [`order: ${name}`, post('/v1/orders', text)] as const),
      [
        'order: one byte a chunk',
        Buffer.from(
          head(
            'POST /v1/orders',
            `${auth}${idem}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`,
          ) + chunked(good + fillTo(' ', 10_500)),
        ),
      ],
      ['quote: a hundred lines', post('/v1/quotes', JSON.stringify({ currency: 'GBP', lines: lines(100) }))],
      [
        'refund: lines with unknown fields',
        post('/v1/orders/o-00000000000000000000000000/refunds', `{"lines":${listOf('{"a":1}')}}`),
      ],
      [
        'movement: combining marks',
        post('/v1/stock/SKU1/movements', JSON.stringify({ type: 'receive', reason: marks(60_000) })),
      ],
      ...Object.entries(headersOf).map(
        ([name, header]) =>
          [
            `header: ${name}`,
            /^Idempotency|^Content/.test(header)
              ? Buffer.from(head('POST /v1/orders', `${auth}${header}\r\n`))
              : get('/v1/catalogue/SKU1', `${header}\r\n`),
          ] as const,
      ),
      [
        'header: a long key',
        Buffer.from(head('GET /v1/orders', `Authorization: Bearer ${fillTo('m', headerBytes)}\r\n`)),
      ],
      [
        'header: Bearer and blanks',
        Buffer.from(head('GET /v1/orders', `Authorization: Bearer${fillTo(' ', headerBytes)}a b\r\n`)),
      ],
      ...Object.entries(targets).map(([name, target]) => [`target: ${name}`, get(target)] as const),
      ['webhook: brackets', signed('['.repeat(bodyBytes))],
      ['webhook: keys', signed(keysOf((i) => i.toString(36)))],
      [
        'webhook: metadata',
        signed(
          `{"id":"e","type":"charge.succeeded","livemode":false,"data":{"object":{"metadata":${keysOf((i) => `k${i}`).replaceAll(':1', ':""')}}}}`,
        ),
      ],
      [
        'webhook: many signatures',
        hook('{}', `t=${Math.floor(nowMs / 1_000)},${fillTo(`v1=${'0'.repeat(64)},`, headerBytes)}`),
      ],
      ['webhook: a long time', hook('{}', `t=${fillTo('1', headerBytes)}`)],
      [
        'pipelined: 64 KB of searches',
        Buffer.from(
          fillTo(
            `GET /v1/catalogue?q=heart&limit=100 HTTP/1.1\r\nHost: a\r\n${auth}\r\n`,
            bodyBytes - 1_000,
          ) + get('/v1/catalogue/SKU1').toString(),
        ),
      ],
    ];
    return named.map(([name, bytes]) => ({
      name,
      bytes,
      requests: name.startsWith('pipelined') ? bytes.toString('latin1').split('GET ').length - 1 : 1,
    }));
  };
}
