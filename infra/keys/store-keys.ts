import type { StoreConfig } from '../../schemas/generated/stores-config.ts';

/** One API key as `stores.config.v1` has it; nothing here lets anybody in. */
export interface StoreKey {
  readonly keyId: string;
  readonly store: string;
  /** The client it was made for; null where compaction has left its revocation alone. */
  readonly label: string | null;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
  /** Commands it may send on one UTC day; null: no quota of its own. */
  readonly dailyQuota: number | null;
  /** When it was written, epoch ms; null as `label`. */
  readonly createdAtMs: number | null;
  readonly revoked: { readonly atMs: number; readonly reason: string } | null;
}

/** Live keys a client, that is a label within a store, has at most: the old and the new one of a rotation. */
export const liveKeysMax = 2;

export type KeyState = 'live' | 'expired' | 'revoked';

/** What a key is good for at `nowMs`; a revocation is for ever, it weighs more than the date. */
export function stateOf({ revoked, expiresAtMs }: StoreKey, nowMs: number): KeyState {
  if (revoked) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'live';
}

/** Every key there is, in the order they were first written. */
export function storeKeysOf(config: readonly StoreConfig[]): readonly StoreKey[] {
  const keys = new Map<string, StoreKey>();
  for (const { store, atMs, body } of config) {
    if (body.type === 'StorePut') continue;
    const { keyId } = body;
    const known = keys.get(keyId);
    if (body.type === 'KeyPut') {
      const { label, scopes, expiresAtMs, dailyQuota } = body;
      const createdAtMs = known?.createdAtMs ?? atMs;
      keys.set(keyId, {
        keyId,
        store,
        label,
        scopes,
        expiresAtMs,
        dailyQuota,
        createdAtMs,
        revoked: known?.revoked ?? null,
      });
    } else if (!known || known.store === store) {
      const nothing = {
        keyId,
        store,
        label: null,
        scopes: [],
        expiresAtMs: null,
        dailyQuota: null,
        createdAtMs: null,
      };
      const revoked = known?.revoked ?? { atMs, reason: body.reason };
      keys.set(keyId, { ...(known ?? nothing), revoked });
    }
  }
  return [...keys.values()];
}

/** The keys of a client that let it in at `nowMs`, oldest first. */
export const liveKeysOf = (
  config: readonly StoreConfig[],
  client: Pick<StoreKey, 'store' | 'label'>,
  nowMs: number,
): readonly StoreKey[] =>
  storeKeysOf(config).filter(
    (key) => key.store === client.store && key.label === client.label && stateOf(key, nowMs) === 'live',
  );
