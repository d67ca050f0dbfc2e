import { randomUUID } from 'node:crypto';
import { KeyRefused } from './key-refused.ts';
import type { KeyAccess } from './open-keys.ts';
import { type StoreKey, storeKeysOf } from './store-keys.ts';

/**
 * Revokes a key for ever, behind its audit record, and gives it as it was; every API process refuses it within 5 s.
 * Nothing is written for one that was revoked before. Throws KeyRefused where there is no such key.
 */
export async function revokeKey(access: KeyAccess, keyId: string, reason: string): Promise<StoreKey> {
  const key = storeKeysOf(await access.read()).find((one) => one.keyId === keyId);
  if (!key) throw new KeyRefused('no-such-key', `There is no key ${keyId}.`);
  if (key.revoked) return key;
  const body = { type: 'KeyRevoked', keyId, reason } as const;
  const value = { store: key.store, atMs: access.nowMs(), requestId: randomUUID(), body };
  await access.put({ key: keyId, value }, reason);
  return key;
}
