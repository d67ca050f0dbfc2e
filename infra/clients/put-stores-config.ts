import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { storesConfigTopic } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Announcement, AuditLog } from './audit-log.ts';
import type { Log } from './log.ts';

/** One fact of the configuration with its record key: the store of a StorePut, the key id of the others. */
export interface StoresConfigRecord {
  readonly key: string;
  /** With an id of its own as `requestId`: its audit record names it. */
  readonly value: StoreConfig & { readonly requestId: string };
}

export interface PutStoresConfig {
  readonly log: Pick<Log, 'append' | 'partitionsOf'>;
  readonly audit: AuditLog;
  readonly codec: TopicCodec<StoreConfig>;
  readonly actor: string;
  readonly reason: string;
  readonly records: readonly StoresConfigRecord[];
}

const appendTries = 10;

const effects = { StorePut: 'store.put', KeyPut: 'key.put', KeyRevoked: 'key.revoke' } as const;

/**
 * Writes stores and keys, each behind its audit record. Writing a fact twice says the same, so an unknown outcome is
 * simply tried again. Rejects with AuditUnavailable before anything of a record is written, or where the log does not
 * take it.
 */
export async function putStoresConfig(put: PutStoresConfig): Promise<void> {
  const partitions = await put.log.partitionsOf(storesConfigTopic);
  for (const { key, value } of put.records) {
    await put.audit.announce(announcementOf(put, value));
    const append = {
      topic: storesConfigTopic,
      partition: partitionOf(key, partitions),
      records: [{ key, value: put.codec.encode(value) }],
    };
    for (let tries = 1; ; tries += 1) {
      const [outcome] = await put.log.append([append]);
      if (outcome?.is === 'appended') break;
      if (outcome?.is === 'refused' || tries === appendTries) throw outcome?.error ?? new Error('no outcome');
    }
  }
}

function announcementOf(
  { actor, reason }: PutStoresConfig,
  { store, requestId, body }: StoresConfigRecord['value'],
): Announcement {
  const target = body.type === 'StorePut' ? store : `${store}/${body.keyId}`;
  return { actor, what: effects[body.type], effectId: requestId, target, reason };
}
