import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../producers/intake/canonical-json.ts';
import { Problem } from './problem.ts';

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

/** Where the page before ended, null for the first page. Throws `invalid-cursor` for what is no cursor of this list. */
export function endBefore(secret: string, scope: unknown, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const end = parseCursor(secret, scope, cursor);
  if (end === null) throw new Problem('invalid-cursor');
  return end;
}

/** What an answer says of the next page: its cursor, and the `Link` to it. `end` is null on the last page. */
export function nextPage(
  secret: string,
  scope: unknown,
  target: string | undefined,
  end: string | null,
): { readonly nextCursor: string | null; readonly headers: Readonly<Record<string, string>> } {
  if (end === null) return { nextCursor: null, headers: {} };
  const nextCursor = formatCursor(secret, scope, end);
  return { nextCursor, headers: { Link: nextLink(target ?? '', nextCursor) } };
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
