import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

const targetBytesMax = 2_048;
const headerLinesMax = 100;

/** Headers that may stand once: of a second one Node keeps the first in silence or joins them. */
const onceOnly: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'idempotency-key',
  'last-event-id',
  'expect',
  'cookie',
  'if-match',
  'request-id',
]);

/** Throws what the HTTP parser lets through: header count and repeats, Host, length of the target (reliability §8). */
export function checkFraming(request: IncomingMessage): void {
  const { rawHeaders } = request;
  if (rawHeaders.length > headerLinesMax * 2) throw new Problem('headers-too-large');
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (seen.has(name) && onceOnly.has(name)) throw malformed(`The header ${name} stands twice.`);
    seen.add(name);
  }
  if (!isHost(request)) throw malformed('The Host header is missing or not one.');
  if ((request.url ?? '').length > targetBytesMax) throw new Problem('uri-too-long');
}

const malformed = (detail: string): Problem => new Problem('malformed-request', { detail });

function isHost({ headers, httpVersion }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion === '1.0';
  return /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/.test(headers.host);
}
