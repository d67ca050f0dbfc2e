import { randomUUID } from 'node:crypto';
import { type ApiKeyKind, createApiKey, type Scope } from '../../schemas/api-key.ts';
import type { StoreConfigBody } from '../../schemas/generated/stores-config.ts';
import { doorLabelPrefix } from '../deploy/demo-store.ts';
import { KeyRefused } from './key-refused.ts';
import type { KeyAccess } from './open-keys.ts';
import { liveKeysMax, liveKeysOf } from './store-keys.ts';

export interface KeyWish {
  readonly store: string;
  /** Whose key it is. */
  readonly label: string;
  readonly kind: ApiKeyKind;
  readonly scopes: readonly Scope[];
  /** Epoch ms; null: it does not expire. */
  readonly expiresAtMs: number | null;
  /** Commands it may send on one UTC day (decision 0038); null: no quota of its own. */
  readonly dailyQuota: number | null;
}

export interface NewKey extends KeyWish {
  readonly keyId: string;
  /** Shown once to its owner: the log has its SHA-256 alone. */
  readonly text: string;
}

/**
 * Makes a key and writes it behind its audit record. Throws KeyRefused where the store does not exist, the label is a
 * door's, the date has passed, or the client has as many live keys as it may.
 */
export async function createKey(access: KeyAccess, wish: KeyWish): Promise<NewKey> {
  const { store, label, kind, scopes, expiresAtMs, dailyQuota } = wish;
  const nowMs = access.nowMs();
  refuseWish(await access.read(), wish, nowMs);
  const { keyId, sha256, text } = createApiKey(kind);
  const write = (body: StoreConfigBody, reason: string): Promise<void> =>
    access.put({ key: keyId, value: { store, atMs: access.nowMs(), requestId: randomUUID(), body } }, reason);
  const key = { keyId, sha256, label, scopes, expiresAtMs, dailyQuota };
  await write({ type: 'KeyPut', ...key }, `created for ${label}`);
  // Somebody may have made one at the same time: the log says whose came first.
  const live = liveKeysOf(await access.read(), wish, access.nowMs());
  if (live.slice(0, liveKeysMax).every((key) => key.keyId !== keyId)) {
    const reason = `more than ${liveKeysMax} live keys of ${label}`;
    await write({ type: 'KeyRevoked', keyId, reason }, reason);
    throw tooMany(wish, live.slice(0, liveKeysMax));
  }
  return { ...wish, keyId, text };
}

function refuseWish(config: Awaited<ReturnType<KeyAccess['read']>>, wish: KeyWish, nowMs: number): void {
  const { store, label, expiresAtMs } = wish;
  if (!config.some((one) => one.store === store && one.body.type === 'StorePut')) {
    const stores = config.flatMap((one) => (one.body.type === 'StorePut' ? [one.store] : []));
    throw new KeyRefused(
      'no-such-store',
      `There is no store ${store}; there are: ${[...new Set(stores)].toSorted().join(', ') || 'none yet'}.`,
    );
  }
  if (label.startsWith(doorLabelPrefix)) {
    throw new KeyRefused(
      'reserved-label',
      `Labels that begin with "${doorLabelPrefix}" are the deploy step's, which revokes what it does not know: choose another.`,
    );
  }
  if (expiresAtMs !== null && expiresAtMs <= nowMs) {
    throw new KeyRefused(
      'already-over',
      'The key would have expired before it exists: --expires is in the past.',
    );
  }
  const live = liveKeysOf(config, wish, nowMs);
  if (live.length >= liveKeysMax) throw tooMany(wish, live);
}

const tooMany = ({ store, label }: KeyWish, live: readonly { readonly keyId: string }[]): KeyRefused =>
  new KeyRefused(
    'too-many-keys',
    `${label} of ${store} has ${liveKeysMax} live keys, which is the most: ${live.map(({ keyId }) => keyId).join(', ')}. ` +
      'Revoke the one nobody uses any more, or name another client with --label.',
  );
