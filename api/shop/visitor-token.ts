import { createHmac, timingSafeEqual } from 'node:crypto';

/** A visitor of the shop, as long as his token says. */
export interface Visitor {
  /** His pseudonym in the store of the shop's key. */
  readonly customerId: string;
  /** Epoch ms. */
  readonly endsAtMs: number;
}

const prefix = 'mv1';
const pattern = /^mv1\.([A-Za-z0-9_-]{1,64})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

/**
 * `mv1.<customer>.<end, epoch ms in base 36>.<HMAC-SHA256>`: nothing is stored, and no other key's shop takes it (`keyId` is signed
 * too). It is no secret of the store's: whoever has it is this visitor and nobody else.
 */
export function formatVisitor(secret: string, keyId: string, { customerId, endsAtMs }: Visitor): string {
  const text = `${prefix}.${customerId}.${endsAtMs.toString(36)}`;
  return `${text}.${signatureOf(secret, keyId, text).toString('base64url')}`;
}

/** The visitor of a token that was signed for this key and has not ended; null for anything else. */
export function readVisitor(secret: string, keyId: string, token: string, nowMs: number): Visitor | null {
  const [, customerId, end, signature] = pattern.exec(token) ?? [];
  if (customerId === undefined || end === undefined || signature === undefined) return null;
  const ours = signatureOf(secret, keyId, `${prefix}.${customerId}.${end}`);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== ours.length || !timingSafeEqual(given, ours)) return null;
  const endsAtMs = Number.parseInt(end, 36);
  return nowMs < endsAtMs ? { customerId, endsAtMs } : null;
}

/** The secret serves other things too: what it signs here is said in the key. */
const signatureOf = (secret: string, keyId: string, text: string): Buffer =>
  createHmac('sha256', createHmac('sha256', secret).update('millrace visitor').digest())
    .update(`${keyId}\n${text}`)
    .digest();
