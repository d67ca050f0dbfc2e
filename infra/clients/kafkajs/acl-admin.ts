import type { AclEntry } from 'kafkajs';
import { connectAdmin, kafkajs, type KafkaConnection } from './hardened-kafkajs.ts';

/** A permission as the protocol says it. */
export type { AclEntry } from 'kafkajs';

/** One permission of one principal, from any host. */
export interface AclBinding {
  /** `User:<name>`. */
  readonly principal: string;
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  readonly operation: 'read' | 'write' | 'create' | 'describe' | 'describe-configs';
}

/** The permissions a broker knows. */
export interface AclAdmin {
  /** All of them, those that are not ours to name included. */
  list(): Promise<readonly AclEntry[]>;
  add(bindings: readonly AclBinding[]): Promise<void>;
  remove(entries: readonly AclEntry[]): Promise<void>;
  close(): Promise<void>;
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const resources = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP } as const;
const patterns = {
  literal: ResourcePatternTypes.LITERAL,
  prefixed: ResourcePatternTypes.PREFIXED,
} as const;
const operations = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  describe: AclOperationTypes.DESCRIBE,
  'describe-configs': AclOperationTypes.DESCRIBE_CONFIGS,
} as const;

/** As the protocol says it. */
export const aclEntryOf = ({ principal, resource, name, pattern, operation }: AclBinding): AclEntry => ({
  principal,
  host: '*',
  operation: operations[operation],
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: resources[resource],
  resourceName: name,
  resourcePatternType: patterns[pattern],
});

const wordOf = (words: object, value: number): string =>
  Object.entries(words).find(([, number]) => number === value)?.[0] ?? String(value);

/** `User:a ALLOW WRITE on TOPIC b (LITERAL)`, for people. */
export const aclText = (entry: AclEntry): string =>
  [
    entry.principal,
    wordOf(AclPermissionTypes, entry.permissionType),
    wordOf(AclOperationTypes, entry.operation),
    'on',
    wordOf(AclResourceTypes, entry.resourceType),
    entry.resourceName,
    `(${wordOf(ResourcePatternTypes, entry.resourcePatternType)})`,
  ].join(' ');

/** Rejects with a LinkFault if no broker answers or lets us in; the calls reject unless the user may alter the cluster. */
export async function createAclAdmin(connection: KafkaConnection): Promise<AclAdmin> {
  const admin = await connectAdmin(connection, 5);
  return {
    async list() {
      const { resources: found } = await admin.describeAcls({
        resourceType: AclResourceTypes.ANY,
        resourcePatternType: ResourcePatternTypes.ANY,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
      });
      return found.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) =>
        acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
      );
    },
    async add(bindings) {
      if (bindings.length > 0) await admin.createAcls({ acl: bindings.map(aclEntryOf) });
    },
    async remove(entries) {
      if (entries.length > 0) await admin.deleteAcls({ filters: [...entries] });
    },
    close: () => admin.disconnect(),
  };
}
