import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';

/** Whose field it is: bound to the ciphertext, so that it cannot be moved to another owner or field. */
export interface SealedFieldOwner {
  readonly store: string;
  readonly customerId: string;
  readonly field: 'paymentToken' | 'shipTo';
}

/** Encrypts personal fields before they reach the log and opens them at the edge (reliability.md §9). */
export interface SealedFields {
  /** `v1.<key id>.<iv>.<ciphertext and tag>`, base64url parts; different for each call. */
  seal(owner: SealedFieldOwner, plaintext: string): string;
  /** The plaintext. Throws if the text is not of this form, its key is not known, or it belongs to another owner. */
  open(owner: SealedFieldOwner, sealed: string): string;
}

const cipher = 'aes-256-gcm';
const keyId = 'master-1';
const ivBytes = 12;
const tagBytes = 16;

/** Sealing with one key derived (HKDF-SHA256, RFC 5869) from the secret; see docs/decisions/0006. */
export function createSealedFields(secret: string): SealedFields {
  // As a KeyObject it is prepared once: raw bytes are prepared for each field, which costs more than sealing it.
  const key = createSecretKey(new Uint8Array(hkdfSync('sha256', secret, 'millrace', keyId, 32)));
  return {
    seal(owner, plaintext) {
      const iv = randomBytes(ivBytes);
      const sealing = createCipheriv(cipher, key, iv).setAAD(additionalData(owner));
      const ciphertext = Buffer.concat([
        sealing.update(plaintext, 'utf8'),
        sealing.final(),
        sealing.getAuthTag(),
      ]);
      return `v1.${keyId}.${iv.toString('base64url')}.${ciphertext.toString('base64url')}`;
    },
    open(owner, sealed) {
      const [form, id, ivText = '', bodyText = '', ...rest] = sealed.split('.');
      if (form !== 'v1' || rest.length > 0) throw new TypeError('not a sealed field of form v1');
      if (id !== keyId)
        throw new RangeError('sealed under a key this process does not hold: MILLRACE_CUSTOMER_KEY_SECRET');
      const body = Buffer.from(bodyText, 'base64url');
      const tagAt = body.length - tagBytes;
      if (tagAt < 0) throw new TypeError('a sealed field ends early');
      const opening = createDecipheriv(cipher, key, Buffer.from(ivText, 'base64url'), {
        authTagLength: tagBytes,
      });
      opening.setAAD(additionalData(owner)).setAuthTag(body.subarray(tagAt));
      return Buffer.concat([opening.update(body.subarray(0, tagAt)), opening.final()]).toString('utf8');
    },
  };
}

const additionalData = ({ store, customerId, field }: SealedFieldOwner): Buffer =>
  Buffer.from([store, customerId, field].join('\0'));
