import { timingSafeEqual } from 'node:crypto';
import type { QuotaSettings } from '../idempotency/daily-quotas.ts';
import { digestApiKey, parseApiKey, scopes, type Scope } from '../../schemas/api-key.ts';
import type { KeyPut, StoreConfig, StorePut } from '../../schemas/generated/stores-config.ts';

/** Who calls: known from the credential alone. */
export interface Principal {
  readonly store: string;
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** A visitor of the shop: he is this customer, and everything else of the store is not there for him. */
  readonly customerId?: string;
  /** What lets a visitor in. */
  readonly visit?: Visit;
}

interface Visit {
  /** The end of his token, epoch ms. */
  readonly endsAtMs: number;
  /** The owner of the shop's key, as found when the visitor was. */
  readonly shop: Principal;
}

export type Store = Omit<StorePut, 'type'>;

/** What is known of a key beside its secret; nothing here lets anybody in. */
export interface KnownKey {
  readonly keyId: string;
  /** The client it was made for; null where compaction has left its revocation alone. */
  readonly label: string | null;
  readonly scopes: readonly string[];
  /** When it was written, epoch ms: the first time of those that compaction has left; null as `label`. */
  readonly createdAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly revoked: Revocation | null;
  readonly state: 'live' | 'expired' | 'revoked';
}

interface Revocation {
  readonly atMs: number;
  readonly reason: string;
}

interface HeldKey {
  readonly store: string;
  readonly label: string;
  readonly createdAtMs: number;
  readonly digest: Buffer;
  readonly principal: Principal;
  readonly expiresAtMs: number | null;
  readonly dailyQuota: number | null;
  readonly revoked: Revocation | null;
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
  /** By `store/keyId`: for ever, also where compaction has taken the key itself away. */
  readonly #revoked = new Map<string, Revocation>();

  /** Applies one record of the topic; the newest of a store or key counts. */
  apply({ store, atMs, body }: StoreConfig): void {
    switch (body.type) {
      case 'StorePut':
        this.#stores.set(store, body);
        return;
      case 'KeyPut':
        this.#put(store, body, atMs);
        return;
      case 'KeyRevoked':
        this.#revoke(store, body.keyId, { atMs, reason: body.reason });
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

  /**
   * True while the key by which it was found would be found as it was, not put anew, revoked or expired since: what was
   * opened with it may stay open.
   */
  isCurrent(principal: Principal, nowMs: number): boolean {
    const held = this.#keys.get(principal.keyId);
    return held?.principal === principal && isLive(held, nowMs);
  }

  /** True of a key of the store, whatever became of it: compaction takes the key away and leaves its revocation. */
  owns(store: string, keyId: string): boolean {
    const held = this.#keys.get(keyId);
    return held ? held.store === store : this.#revoked.has(`${store}/${keyId}`);
  }

  /** The keys of a store, the newest first; those that let nobody in any more too, at the end where their age is not known. */
  keysOf(store: string, nowMs: number): readonly KnownKey[] {
    const held = [...this.#keys.values()]
      .filter((one) => one.store === store)
      .map(({ label, principal, createdAtMs, expiresAtMs, revoked }) => ({
        keyId: principal.keyId,
        label,
        scopes: [...principal.scopes],
        createdAtMs,
        expiresAtMs,
        revoked,
        state: stateOf({ revoked, expiresAtMs }, nowMs),
      }))
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.keyId < b.keyId ? -1 : 1));
    return [...held, ...this.#onlyRevokedOf(store)];
  }

  /** Keys of which compaction has left the revocation alone, the last revoked first. */
  #onlyRevokedOf(store: string): readonly KnownKey[] {
    const own = `${store}/`;
    return [...this.#revoked]
      .filter(([name]) => name.startsWith(own) && !this.#keys.has(name.slice(own.length)))
      .map(([name, revoked]) => ({
        keyId: name.slice(own.length),
        label: null,
        scopes: [],
        createdAtMs: null,
        expiresAtMs: null,
        revoked,
        state: 'revoked' as const,
      }))
      .toSorted((a, b) => b.revoked.atMs - a.revoked.atMs || (a.keyId < b.keyId ? -1 : 1));
  }

  #put(store: string, key: KeyPut, atMs: number): void {
    const digest = Buffer.from(key.sha256, 'hex');
    const isDigest = digest.length === nobodysDigest.length;
    const unusable = isDigest ? null : { atMs, reason: 'its digest is none' };
    const known = new Set(scopes.filter((scope) => key.scopes.includes(scope)));
    this.#keys.set(key.keyId, {
      store,
      label: key.label,
      createdAtMs: this.#keys.get(key.keyId)?.createdAtMs ?? atMs,
      digest: isDigest ? digest : nobodysDigest,
      principal: { store, keyId: key.keyId, scopes: known },
      expiresAtMs: key.expiresAtMs,
      dailyQuota: key.dailyQuota,
      revoked: this.#revoked.get(`${store}/${key.keyId}`) ?? unusable,
    });
  }

  #revoke(store: string, keyId: string, how: Revocation): void {
    const first = this.#revoked.get(`${store}/${keyId}`) ?? how;
    this.#revoked.set(`${store}/${keyId}`, first);
    const held = this.#keys.get(keyId);
    if (held?.store === store) this.#keys.set(keyId, { ...held, revoked: first });
  }
}

/** A revocation is for ever, it weighs more than the date. */
function stateOf(
  { revoked, expiresAtMs }: Pick<HeldKey, 'revoked' | 'expiresAtMs'>,
  nowMs: number,
): KnownKey['state'] {
  if (revoked) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'live';
}

const isLive = (held: HeldKey, nowMs: number): boolean => stateOf(held, nowMs) === 'live';
