import type { KeyRing, WrappedKey } from './key-ring.ts';
import { sealField, type SealedFieldOwner, type SealingKey } from './sealed-field.ts';
import type { KeyWrapper } from './wrapped-key.ts';

/** Seals fields of one customer. */
export type SealFor = (field: SealedFieldOwner['field'], plaintext: string) => string;

/** Encrypts personal fields before they reach the log (reliability.md §9). */
export interface CustomerSealer {
  /**
   * What seals this customer's fields, under a key that is acknowledged in the log. Rejects, with what `KeepKey` rejected,
   * if the log did not take a new customer's key.
   */
  readonly sealFor: (store: string, customerId: string) => Promise<SealFor>;
}

/** Appends a key's record; resolves to its offset once it is acknowledged, and rejects if that is not certain. */
export type KeepKey = (record: WrappedKey) => Promise<bigint>;

export interface CustomerSealerParts {
  readonly wrapper: KeyWrapper;
  readonly ring: KeyRing;
  readonly keep: KeepKey;
  readonly nowMs: () => number;
}

/**
 * A customer whose key is in memory costs no round trip; for another one a key is made and waited for, once for all his
 * orders of that moment. He may have keys elsewhere: a ciphertext names its own, so several do no harm.
 */
export function createCustomerSealer({ wrapper, ring, keep, nowMs }: CustomerSealerParts): CustomerSealer {
  const making = new Map<string, Promise<SealingKey>>();

  const make = async (store: string, customerId: string): Promise<SealingKey> => {
    const { key, record } = wrapper.create(store, customerId, nowMs());
    ring.add(record, await keep(record), key);
    return key;
  };

  const keyOf = async (store: string, customerId: string): Promise<SealingKey> => {
    const held = ring.ofCustomer(store, customerId);
    if (held) return held;
    const name = `${store}\0${customerId}`;
    const underWay = making.get(name);
    if (underWay) return underWay;
    const made = make(store, customerId).finally(() => making.delete(name));
    making.set(name, made);
    return made;
  };

  return {
    async sealFor(store, customerId) {
      const key = await keyOf(store, customerId);
      return (field, plaintext) => sealField(key, { store, customerId, field }, plaintext);
    },
  };
}
