import { expect, test } from 'vitest';
import { AuditUnavailable } from '../clients/audit-log.ts';
import { type AclEntry, aclEntryOf } from '../clients/kafkajs/acl-admin.ts';
import { applyKafkaAcls } from './apply-kafka-acls.ts';
import { kafkaBindings } from './kafka-bindings.ts';

const all = kafkaBindings.map(aclEntryOf);

/** A broker with these permissions; `done` says what was asked of it, in order. */
function brokerWith(entries: readonly AclEntry[]) {
  const done: string[] = [];
  const admin = {
    list: async () => entries,
    add: async (bindings: readonly unknown[]) => void done.push(`add ${bindings.length}`),
    remove: async (extra: readonly unknown[]) => void done.push(`remove ${extra.length}`),
    close: async () => undefined,
  };
  return { admin, done };
}

const beyond = { ...all[0], resourceName: 'a topic of nobody' } as AclEntry;

test('permissions change behind their announcement, those that are missing first', async () => {
  const { admin, done } = brokerWith([...all.slice(2), beyond]);
  await applyKafkaAcls(admin, async ({ missing, extra }) => {
    done.push(`announce +${missing.length} -${extra.length}`);
  });
  expect(done).toEqual(['announce +2 -1', 'add 2', 'remove 1']);
});

test('where the announcement is not on the log nothing changes; where nothing differs nothing is announced', async () => {
  const refuse = async () => {
    throw new AuditUnavailable('not acknowledged');
  };
  const { admin, done } = brokerWith([...all.slice(2), beyond]);
  await expect(applyKafkaAcls(admin, refuse)).rejects.toThrow(AuditUnavailable);
  expect(done).toEqual([]);
  const equal = brokerWith(all);
  expect(await applyKafkaAcls(equal.admin, refuse)).toEqual({ missing: [], extra: [] });
  expect(equal.done).toEqual([]);
});
