// Generated from schemas/avro/customers.keys.v1.avsc by `npm run generate`. Do not edit.

/** A random AES-256 key, encrypted by MILLRACE_CUSTOMER_KEY_SECRET for this store, customer and key id. */
export interface KeyWrapped {
  readonly type: 'KeyWrapped';
  /** 16 random bytes, base64url; ciphertexts name it. */
  readonly keyId: string;
  /** IV (12 bytes), ciphertext (32), GCM tag (16). */
  readonly wrapped: Uint8Array;
}

/** All keys of the customer that stood in the topic before were erased, by tombstones of the same batch. */
export interface CustomerErased {
  readonly type: 'CustomerErased';
  /** Of this erasure; its audit record names it. */
  readonly effectId: string;
  /** Who asked. */
  readonly by: string;
  readonly reason: string;
  /** How many keys. */
  readonly keys: number;
}

export type CustomerKeyBody =
  | KeyWrapped
  | CustomerErased;

/** A key that seals personal fields of one customer, wrapped, under its id (a tombstone means erased), or under `erased:store/customer` that he was erased. */
export interface CustomerKey<B = CustomerKeyBody> {
  readonly store: string;
  readonly customerId: string;
  /** On the clock of the process that wrote it. */
  readonly atMs: number;
  readonly body: B;
}

export const customerkeyBodyTypes = [
  'KeyWrapped',
  'CustomerErased',
] as const;
