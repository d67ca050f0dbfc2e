// Generated from schemas/avro/stores.config.v1.avsc by `npm run generate`. Do not edit.

/** A tenant. */
export interface StorePut {
  readonly type: 'StorePut';
  readonly name: string;
  /** IANA. */
  readonly timeZone: string;
  readonly currencies: readonly string[];
  /** False: a test store, left out of sums over all stores. */
  readonly live: boolean;
  readonly taxRule: 'exclusive' | 'inclusive';
  readonly shippingMinor: number;
  readonly shippingTaxBp: number;
  /** Commands of the store taken on one UTC day at most; null: no quota. */
  readonly dailyQuota: number | null;
}

/** An API key; only its digest is kept. */
export interface KeyPut {
  readonly type: 'KeyPut';
  readonly keyId: string;
  /** Hex. */
  readonly sha256: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
  /** Commands of the key taken on one UTC day at most; null: no quota. */
  readonly dailyQuota: number | null;
}

/** The key is no longer valid. */
export interface KeyRevoked {
  readonly type: 'KeyRevoked';
  readonly keyId: string;
  readonly reason: string;
}

export type StoreConfigBody =
  | StorePut
  | KeyPut
  | KeyRevoked;

/** One fact about a store or one of its API keys; the newest of a record key counts. */
export interface StoreConfig<B = StoreConfigBody> {
  readonly store: string;
  readonly atMs: number;
  /** The `effectId` of its audit record; null in records from before there were any. */
  readonly requestId: string | null;
  readonly body: B;
}

export const storePutTaxRuleValues = [
  'exclusive',
  'inclusive',
] as const;

export const storeconfigBodyTypes = [
  'StorePut',
  'KeyPut',
  'KeyRevoked',
] as const;
