import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../producers/intake/canonical-json.ts';

/** Where a page ended: the next begins behind this order. */
export interface PageEnd {
  readonly createdAtMs: number;
  readonly orderId: string;
}

const macCharacters = 43;

/** An opaque cursor, bound by a MAC to the store and the filters it was made for. */
export function formatCursor(secret: string, scope: unknown, { createdAtMs, orderId }: PageEnd): string {
  const text = Buffer.from(`${createdAtMs} ${orderId}`).toString('base64url');
  return `${text}.${macOf(secret, scope, text)}`;
}

/** The page end in a cursor, or null if it is not one of ours for this store and these filters. */
export function parseCursor(secret: string, scope: unknown, cursor: string): PageEnd | null {
  const [, text, mac] =
    new RegExp(`^([A-Za-z0-9_-]{1,120})\\.([A-Za-z0-9_-]{${macCharacters}})$`).exec(cursor) ?? [];
  if (text === undefined || mac === undefined) return null;
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(secret, scope, text)))) return null;
  const [createdAtMs = '', orderId = ''] = Buffer.from(text, 'base64url').toString().split(' ');
  return { createdAtMs: Number(createdAtMs), orderId };
}

const macOf = (secret: string, scope: unknown, text: string): string =>
  createHmac('sha256', secret)
    .update(`cursor\n${canonicalJson(scope)}\n${text}`)
    .digest('base64url');
