import { Problem } from './problem.ts';

const keyCharactersMax = 255;

/**
 * The Idempotency-Key of a header value: 1 to 255 visible ASCII characters, bare or as a structured-field
 * string; `k` and `"k"` are one key (draft-ietf-httpapi-idempotency-key-header). Never decoded further.
 * Throws `idempotency-key-required` or `invalid-idempotency-key`.
 */
export function parseIdempotencyKey(header: string | undefined): string {
  if (header === undefined) throw new Problem('idempotency-key-required');
  const key = header.startsWith('"') ? unquote(header) : header;
  if (key === null || key.length > keyCharactersMax || !/^[\x21-\x7e]+$/.test(key)) {
    throw new Problem('invalid-idempotency-key');
  }
  return key;
}

/** The content of a structured-field string (RFC 9651 §3.3.3), or null. */
function unquote(header: string): string | null {
  if (!/^"(?:[^"\\]|\\["\\])*"$/.test(header)) return null;
  return header.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
}
