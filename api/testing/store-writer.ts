import { randomUUID } from 'node:crypto';
import { AuditLog } from '../../infra/clients/audit-log.ts';
import type { Log } from '../../infra/clients/log.ts';
import { putStoresConfig } from '../../infra/clients/put-stores-config.ts';
import type { SchemaRegistry } from '../../infra/clients/schema-registry.ts';
import { createApiKey, digestApiKey, parseApiKey, type Scope } from '../../schemas/api-key.ts';
import { operatorActor } from '../../schemas/audit-chain.ts';
import type { StoreConfigBody } from '../../schemas/generated/stores-config.ts';
import { auditTopic, storesConfigTopic } from '../../schemas/topic-catalogue.ts';

export interface KeySettings {
  readonly expiresAtMs?: number | null;
  /** Commands on one UTC day. */
  readonly dailyQuota?: number | null;
  /** The text of a key that there is: its settings are replaced. Default: a new one. */
  readonly text?: string;
}

/** Writes stores and API keys as the deploy step does. */
export interface StoreWriter {
  putStore(store: string, currencies: readonly string[]): Promise<void>;
  /** The text of the key. */
  putKey(store: string, scopes: readonly Scope[], settings?: KeySettings): Promise<string>;
  revokeKey(store: string, text: string): Promise<void>;
}

/** A writer of `stores.config.v1`, each record behind its audit record. Its calls reject if the log does not take one. */
export function createStoreWriter(
  log: Pick<Log, 'append' | 'partitionsOf'>,
  registry: SchemaRegistry,
): StoreWriter {
  const codecs = registry.createCodecs();
  const audit = new AuditLog({ log, codec: codecs[auditTopic], nowMs: Date.now });
  const put = (store: string, key: string, body: StoreConfigBody): Promise<void> =>
    putStoresConfig({
      log,
      audit,
      codec: codecs[storesConfigTopic],
      actor: operatorActor('tests'),
      reason: 'a test',
      records: [{ key, value: { store, atMs: Date.now(), requestId: randomUUID(), body } }],
    });
  return {
    putStore: (store, currencies) =>
      put(store, store, {
        type: 'StorePut',
        name: store,
        timeZone: 'Europe/London',
        currencies,
        live: false,
        taxRule: 'exclusive',
        shippingMinor: 0,
        shippingTaxBp: 0,
        dailyQuota: null,
      }),
    async putKey(
      store,
      scopes,
      { expiresAtMs = null, dailyQuota = null, text = createApiKey('test').text } = {},
    ) {
      const keyId = parseApiKey(text)?.keyId ?? '';
      const sha256 = digestApiKey(text);
      await put(store, keyId, {
        type: 'KeyPut',
        keyId,
        sha256,
        label: 'test',
        scopes,
        expiresAtMs,
        dailyQuota,
      });
      return text;
    },
    revokeKey(store, text) {
      const keyId = parseApiKey(text)?.keyId ?? '';
      return put(store, keyId, { type: 'KeyRevoked', keyId, reason: 'test' });
    },
  };
}
