import { randomFillSync } from 'node:crypto';
import { holdsCardNumber } from './card-data.ts';

/**
 * The request's id: the caller's if it is 1 to 64 plain characters and no card number (it stands in logs and
 * records), otherwise a new one.
 */
export function requestIdOf(header: string | undefined): string {
  if (header !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(header) && !holdsCardNumber(header))
    return header;
  return `r-${nextRandom().toString('base64url')}`;
}

const idBytes = 12;
/** Random bytes are drawn for many ids at once: each draw costs as much as the rest of an id. */
const pool = Buffer.alloc(idBytes * 256);
let used = pool.length;

function nextRandom(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return pool.subarray(used - idBytes, used);
}

/** The W3C trace context of the caller, or null: a malformed one is ignored (W3C Trace Context §3.2). */
export function traceparentOf(header: string | undefined): string | null {
  const valid =
    header !== undefined && /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(header);
  return valid ? header : null;
}
