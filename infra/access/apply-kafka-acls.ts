import { type AclAdmin, type AclBinding, type AclEntry, aclEntryOf } from '../clients/kafkajs/acl-admin.ts';
import { kafkaBindings } from './kafka-bindings.ts';
import { principals, userOf } from './principals.ts';

/** What the broker's permissions of our users lack, and what they have beyond the table. */
export interface AclDifference {
  readonly missing: readonly AclBinding[];
  readonly extra: readonly AclEntry[];
}

const keyOf = (entry: AclEntry): string =>
  [
    entry.principal,
    entry.host,
    entry.operation,
    entry.permissionType,
    entry.resourceType,
    entry.resourceName,
    entry.resourcePatternType,
  ].join(' ');

const ours: ReadonlySet<string> = new Set(principals.map((name) => `User:${userOf(name)}`));

/** Compares with the table. Users that are not ours are the operator's business. */
export async function compareKafkaAcls(admin: Pick<AclAdmin, 'list'>): Promise<AclDifference> {
  const found = (await admin.list()).filter(({ principal }) => ours.has(principal));
  const there = new Set(found.map(keyOf));
  const wanted = new Set(kafkaBindings.map((binding) => keyOf(aclEntryOf(binding))));
  return {
    missing: kafkaBindings.filter((binding) => !there.has(keyOf(aclEntryOf(binding)))),
    extra: found.filter((entry) => !wanted.has(keyOf(entry))),
  };
}

/**
 * Makes them equal: what is missing first, so that nobody who works is stopped. `announce` puts the audit record where
 * something is to be done; while it rejects nothing is.
 */
export async function applyKafkaAcls(
  admin: AclAdmin,
  announce: (difference: AclDifference) => Promise<void>,
): Promise<AclDifference> {
  const difference = await compareKafkaAcls(admin);
  const { missing, extra } = difference;
  if (missing.length + extra.length === 0) return difference;
  await announce(difference);
  await admin.add(missing);
  await admin.remove(extra);
  return difference;
}
