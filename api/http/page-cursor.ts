import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../producers/intake/canonical-json.ts';

const macCharacters = 43;

/**
 * An opaque cursor: where a page ended, the list's own words of at most 90 bytes, bound by a MAC to the list, the store
 * and the filters (`scope`) it was made for.
 */
export function formatCursor(secret: string, scope: unknown, end: string): string {
  const text = Buffer.from(end).toString('base64url');
  return `${text}.${macOf(secret, scope, text)}`;
}

/** The page end in a cursor, or null if it is not one of ours for this list, store and filters. */
export function parseCursor(secret: string, scope: unknown, cursor: string): string | null {
  const [, text, mac] =
    new RegExp(`^([A-Za-z0-9_-]{1,120})\\.([A-Za-z0-9_-]{${macCharacters}})$`).exec(cursor) ?? [];
  if (text === undefined || mac === undefined) return null;
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(secret, scope, text)))) return null;
  return Buffer.from(text, 'base64url').toString();
}

/** The request's own path and parameters with another cursor, as a `Link` (RFC 8288). */
export function nextLink(target: string, cursor: string): string {
  const [path = '', parameters = ''] = target.split('?', 2);
  const query = new URLSearchParams(parameters);
  query.set('cursor', cursor);
  return `<${path}?${query.toString()}>; rel="next"`;
}

const macOf = (secret: string, scope: unknown, text: string): string =>
  createHmac('sha256', secret)
    .update(`cursor\n${canonicalJson(scope)}\n${text}`)
    .digest('base64url');
