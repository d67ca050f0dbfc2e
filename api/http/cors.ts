import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a page of another origin may send beside what every page may (fetch.spec.whatwg.org). */
const requestHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'Request-Id',
  'traceparent',
].join(', ');

/** What such a page may read of an answer. */
const answerHeaders = [
  'Complete-Until',
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Request-Id',
  'Retry-After',
].join(', ');

const preflightSeconds = 600;

/**
 * Lets pages of exactly these origins read answers; without any, none but our own, and nothing is said. Never with
 * credentials: a page of another origin sends an API key, the dashboard's cookie is not for it.
 */
export function allowOrigin(
  origins: ReadonlySet<string>,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  if (origins.size === 0) return;
  response.appendHeader('Vary', 'Origin');
  if (headers.origin === undefined || !origins.has(headers.origin)) return;
  response.setHeader('Access-Control-Allow-Origin', headers.origin);
  response.setHeader('Access-Control-Expose-Headers', answerHeaders);
}

/** Answers the question a browser asks before a request, if it comes from an origin that `allowOrigin` let in. */
export function answerPreflight(
  { headers }: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
): void {
  if (headers['access-control-request-method'] === undefined) return;
  if (!response.hasHeader('Access-Control-Allow-Origin')) return;
  response.setHeader('Access-Control-Allow-Methods', methods.join(', '));
  response.setHeader('Access-Control-Allow-Headers', requestHeaders);
  response.setHeader('Access-Control-Max-Age', preflightSeconds);
}
