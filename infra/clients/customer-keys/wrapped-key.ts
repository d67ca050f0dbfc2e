import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { WrappedKey } from './key-ring.ts';
import { decrypt, encrypt, type SealingKey } from './sealed-field.ts';

/** Fields written before customers had keys of their own name this one, made from the secret itself (decision 0006). */
export const masterKeyId = 'master-1';

/** A key and what the log keeps of it. */
export interface NewKey {
  readonly key: SealingKey;
  readonly record: WrappedKey;
}

/** What the secret of the configuration can do: open the fields of before, wrap and unwrap the keys of customers. */
export interface KeyWrapper {
  readonly master: SealingKey;
  /** A new random key of this customer and its record, which must be acknowledged before the key seals anything. */
  readonly create: (store: string, customerId: string, atMs: number) => NewKey;
  /** Throws if another secret wrapped it, or for another store, customer or key id. */
  readonly unwrap: (record: WrappedKey) => SealingKey;
}

const keyBytes = 32;
const ivBytes = 12;

/** Keys derived from the secret (HKDF-SHA256, RFC 5869), one for each use of it. */
export function createKeyWrapper(secret: string): KeyWrapper {
  const derived = (use: string): KeyObject =>
    createSecretKey(new Uint8Array(hkdfSync('sha256', secret, 'millrace', use, keyBytes)));
  const wrapping = derived('customer-keys-1');
  return {
    master: { keyId: masterKeyId, key: derived(masterKeyId) },
    create(store, customerId, atMs) {
      const keyId = randomBytes(16).toString('base64url');
      const bytes = randomBytes(keyBytes);
      const wrapped = Buffer.concat(encrypt(wrapping, additionalData(store, customerId, keyId), bytes));
      // as a KeyObject it is prepared once: raw bytes are prepared for each field, which costs more than sealing it
      const key = { keyId, key: createSecretKey(bytes) };
      return { key, record: { store, customerId, atMs, body: { type: 'KeyWrapped', keyId, wrapped } } };
    },
    unwrap({ store, customerId, body: { keyId, wrapped } }) {
      const aad = additionalData(store, customerId, keyId);
      const bytes = decrypt(wrapping, aad, wrapped.subarray(0, ivBytes), wrapped.subarray(ivBytes));
      return { keyId, key: createSecretKey(bytes) };
    },
  };
}

const additionalData = (store: string, customerId: string, keyId: string): Buffer =>
  Buffer.from([store, customerId, keyId].join('\0'));
