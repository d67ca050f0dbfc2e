import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** Whose field it is: bound to the ciphertext, so that it cannot be moved to another owner or field. */
export interface SealedFieldOwner {
  readonly store: string;
  readonly customerId: string;
  readonly field: 'paymentToken' | 'shipTo';
}

/** A key and the id by which ciphertexts name it. */
export interface SealingKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** The text `v1.<key id>.<iv>.<ciphertext and tag>`, base64url parts; different for each call. */
export const sealField = ({ keyId, key }: SealingKey, owner: SealedFieldOwner, plaintext: string): string => {
  const [iv, body] = encrypt(key, additionalData(owner), Buffer.from(plaintext));
  return `v1.${keyId}.${iv.toString('base64url')}.${body.toString('base64url')}`;
};

/** Id of the key that a sealed field names. Throws a TypeError if the text is not of the form `sealField` gives. */
export function keyIdOf(sealed: string): string {
  const [form, keyId, , , ...rest] = sealed.split('.');
  if (form !== 'v1' || !keyId || rest.length > 0) throw new TypeError('not a sealed field of form v1');
  return keyId;
}

/** The plaintext. Throws if the text is not of this form, or belongs to another key or owner. */
export function openField(key: KeyObject, owner: SealedFieldOwner, sealed: string): string {
  const [, , iv = '', body = ''] = sealed.split('.');
  const bytes = Buffer.from(body, 'base64url');
  if (bytes.length < tagBytes) throw new TypeError('a sealed field ends early');
  return decrypt(key, additionalData(owner), Buffer.from(iv, 'base64url'), bytes).toString('utf8');
}

/** AES-256-GCM under a fresh IV: `[iv, ciphertext and tag]`, 12 bytes and 16 more than the plaintext. */
export function encrypt(key: KeyObject, aad: Buffer, plaintext: Uint8Array): readonly [Buffer, Buffer] {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, key, iv).setAAD(aad);
  return [iv, Buffer.concat([sealing.update(plaintext), sealing.final(), sealing.getAuthTag()])];
}

/** Undoes `encrypt`. Throws if key, additional data or a bit of it is another. */
export function decrypt(key: KeyObject, aad: Buffer, iv: Uint8Array, body: Uint8Array): Buffer {
  const tagAt = body.length - tagBytes;
  const opening = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes });
  opening.setAAD(aad).setAuthTag(body.subarray(tagAt));
  return Buffer.concat([opening.update(body.subarray(0, tagAt)), opening.final()]);
}

const additionalData = ({ store, customerId, field }: SealedFieldOwner): Buffer =>
  Buffer.from([store, customerId, field].join('\0'));
