import type { CustomerKey, KeyWrapped } from '../../../schemas/generated/customers-keys.ts';
import type { SealingKey } from './sealed-field.ts';

/** A record of `customers.keys.v1`; a null value is a tombstone. */
export interface KeyRecord {
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: CustomerKey | null;
}

/** The record of a key. */
export type WrappedKey = CustomerKey<KeyWrapped>;

/** True for the record of a key; the others say that a customer was erased. */
export const isWrappedKey = (record: CustomerKey): record is WrappedKey => record.body.type === 'KeyWrapped';

interface Held {
  readonly record: WrappedKey;
  /** Null until it is used for the first time. */
  key: SealingKey | null;
}

/**
 * The keys of `customers.keys.v1` that were made or used last, at most `keysMax`: a process may not grow with the number
 * of customers. What is not here may still stand in the topic (`hasForgotten`).
 */
export class KeyRing {
  readonly #keysMax: number;
  readonly #unwrap: (record: WrappedKey) => SealingKey;
  /** By key id, the one used longest ago first: a Map keeps the order of insertion. */
  readonly #keys = new Map<string, Held>();
  /** Newest key id of a customer. */
  readonly #newest = new Map<string, string>();
  #next = 0n;
  #isSecretChecked = false;
  #hasForgotten = false;

  constructor(keysMax: number, unwrap: (record: WrappedKey) => SealingKey) {
    this.#keysMax = keysMax;
    this.#unwrap = unwrap;
  }

  /** Offset behind the last record applied. */
  get next(): bigint {
    return this.#next;
  }

  /** True if keys were dropped to keep the bound: then absence proves nothing. */
  get hasForgotten(): boolean {
    return this.#hasForgotten;
  }

  /** Applies a record of the topic, in order. Throws if the first key of all cannot be unwrapped: the secret is wrong. */
  apply({ offset, key, value }: KeyRecord): void {
    this.#next = offset + 1n;
    if (key === null) return;
    if (value === null) {
      this.#drop(key);
      return;
    }
    if (!isWrappedKey(value)) return;
    if (!this.#isSecretChecked) this.#checkSecret(value);
    this.#hold(this.#keys.get(key) ?? { record: value, key: null });
  }

  /** A key this process made itself, acknowledged at `offset`. What the topic says behind that counts more. */
  add(record: WrappedKey, offset: bigint, key: SealingKey): void {
    if (offset >= this.#next) this.#hold({ record, key });
  }

  byId(keyId: string): SealingKey | undefined {
    const held = this.#keys.get(keyId);
    if (!held) return undefined;
    this.#keys.delete(keyId);
    this.#keys.set(keyId, held);
    return (held.key ??= this.#unwrap(held.record));
  }

  /** The newest key of a customer. */
  ofCustomer(store: string, customerId: string): SealingKey | undefined {
    const keyId = this.#newest.get(nameOf({ store, customerId }));
    return keyId === undefined ? undefined : this.byId(keyId);
  }

  #checkSecret(record: WrappedKey): void {
    try {
      this.#unwrap(record);
    } catch (cause) {
      throw new Error(
        'MILLRACE_CUSTOMER_KEY_SECRET is not the one that wrapped the keys in customers.keys.v1: set that one',
        { cause },
      );
    }
    this.#isSecretChecked = true;
  }

  #hold(held: Held): void {
    const { keyId } = held.record.body;
    this.#keys.set(keyId, held);
    this.#newest.set(nameOf(held.record), keyId);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= this.#keysMax) return;
      this.#hasForgotten = true;
      this.#drop(oldest);
    }
  }

  #drop(keyId: string): void {
    const held = this.#keys.get(keyId);
    if (!held) return;
    this.#keys.delete(keyId);
    const customer = nameOf(held.record);
    if (this.#newest.get(customer) === keyId) this.#newest.delete(customer);
  }
}

const nameOf = ({ store, customerId }: Pick<CustomerKey, 'store' | 'customerId'>): string =>
  `${store}\0${customerId}`;
