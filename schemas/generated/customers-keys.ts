// Generated from schemas/avro/customers.keys.v1.avsc by `npm run generate`. Do not edit.

/** A random AES-256 key, encrypted by MILLRACE_CUSTOMER_KEY_SECRET for this store, customer and key id. */
export interface KeyWrapped {
  readonly type: 'KeyWrapped';
  /** 16 random bytes, base64url; ciphertexts name it. */
  readonly keyId: string;
  /** IV (12 bytes), ciphertext (32), GCM tag (16). */
  readonly wrapped: Uint8Array;
}

export type CustomerKeyBody =
  | KeyWrapped;

/** A key that seals personal fields of one customer, wrapped; the record key is the key id, a tombstone means erased. */
export interface CustomerKey<B = CustomerKeyBody> {
  readonly store: string;
  readonly customerId: string;
  /** When it was made, on the clock of the API process. */
  readonly atMs: number;
  readonly body: B;
}

export const customerkeyBodyTypes = [
  'KeyWrapped',
] as const;
