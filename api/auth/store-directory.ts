import { timingSafeEqual } from 'node:crypto';
import type { QuotaSettings } from '../idempotency/daily-quotas.ts';
import { digestApiKey, parseApiKey, scopes, type Scope } from '../../schemas/api-key.ts';
import type { KeyPut, StoreConfig, StorePut } from '../../schemas/generated/stores-config.ts';

/** Who calls: known from the credential alone. */
export interface Principal {
  readonly store: string;
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
}

export type Store = Omit<StorePut, 'type'>;

interface HeldKey {
  readonly store: string;
  readonly digest: Buffer;
  readonly principal: Principal;
  readonly expiresAtMs: number | null;
  readonly dailyQuota: number | null;
  readonly revoked: boolean;
}

/** Compared with when no such key exists, so that the answer takes as long. */
const nobodysDigest = Buffer.alloc(32);

/**
 * Stores and API keys as `stores.config.v1` has them, folded in memory: the source of truth for who may call.
 * A revocation counts as soon as its record is applied.
 */
export class StoreDirectory {
  readonly #stores = new Map<string, Store>();
  readonly #keys = new Map<string, HeldKey>();
  /** `store/keyId`: for ever, also where compaction has taken the key itself away. */
  readonly #revoked = new Set<string>();

  /** Applies one record of the topic; the newest of a store or key counts. */
  apply({ store, body }: StoreConfig): void {
    switch (body.type) {
      case 'StorePut':
        this.#stores.set(store, body);
        return;
      case 'KeyPut':
        this.#keys.set(body.keyId, toHeldKey(store, body, this.#revoked.has(`${store}/${body.keyId}`)));
        return;
      case 'KeyRevoked':
        this.#revoke(store, body.keyId);
        return;
    }
  }

  storeOf(store: string): Store | undefined {
    return this.#stores.get(store);
  }

  /** Commands a store and one of its keys may send on one UTC day. */
  quotasOf({ store, keyId }: Pick<Principal, 'store' | 'keyId'>): QuotaSettings {
    return {
      store: this.#stores.get(store)?.dailyQuota ?? null,
      key: this.#keys.get(keyId)?.dailyQuota ?? null,
    };
  }

  /** The owner of a key text that is well formed, issued, not expired and not revoked; null otherwise. */
  authenticate(text: string, nowMs: number): Principal | null {
    const parsed = parseApiKey(text);
    if (!parsed) return null;
    const held = this.#keys.get(parsed.keyId);
    const equal = timingSafeEqual(Buffer.from(digestApiKey(text), 'hex'), held?.digest ?? nobodysDigest);
    return held && equal && isLive(held, nowMs) ? held.principal : null;
  }

  /** True while a key that let its owner in would do so again: what was opened with it may stay open. */
  isLive(keyId: string, nowMs: number): boolean {
    const held = this.#keys.get(keyId);
    return held !== undefined && isLive(held, nowMs);
  }

  #revoke(store: string, keyId: string): void {
    this.#revoked.add(`${store}/${keyId}`);
    const held = this.#keys.get(keyId);
    if (held?.store === store) this.#keys.set(keyId, { ...held, revoked: true });
  }
}

const isLive = ({ revoked, expiresAtMs }: HeldKey, nowMs: number): boolean =>
  !revoked && (expiresAtMs === null || expiresAtMs > nowMs);

function toHeldKey(store: string, key: KeyPut, revoked: boolean): HeldKey {
  const digest = Buffer.from(key.sha256, 'hex');
  const known = new Set(scopes.filter((scope) => key.scopes.includes(scope)));
  return {
    store,
    digest: digest.length === nobodysDigest.length ? digest : nobodysDigest,
    principal: { store, keyId: key.keyId, scopes: known },
    expiresAtMs: key.expiresAtMs,
    dailyQuota: key.dailyQuota,
    revoked: revoked || digest.length !== nobodysDigest.length,
  };
}
