import { createHmac } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** Names the secret, so that a rotation turns no replay into a refusal (messages §6). */
const secretId = 'k1';

/** What makes two requests the same: not what the server adds, such as prices. */
export interface FingerprintedRequest {
  readonly method: string;
  readonly path: string;
  /** As the schema gave it. */
  readonly body: unknown;
}

/** `k1.<hex>`: HMAC-SHA256, since a plain hash of an address could be guessed (domain §7). */
export function fingerprintOf(secret: string, { method, path, body }: FingerprintedRequest): string {
  const text = `${method}\n${path}\n${canonicalJson(body)}`;
  return `${secretId}.${createHmac('sha256', secret).update(text).digest('hex')}`;
}

/** True unless both were made with the same secret and differ: with another secret nothing can be told. */
export const sameRequest = (a: string, b: string): boolean =>
  a === b || a.split('.', 1)[0] !== b.split('.', 1)[0];
