import { topicCatalogue } from '../../schemas/topic-catalogue.ts';
import type { AclBinding } from '../clients/kafkajs/acl-admin.ts';
import { kafkaAccess } from './kafka-access.ts';
import { type Principal, principals, userOf } from './principals.ts';

const patternOf = (name: string): Pick<AclBinding, 'name' | 'pattern'> =>
  name.endsWith('*') ? { name: name.slice(0, -1), pattern: 'prefixed' } : { name, pattern: 'literal' };

/** Kafka implies Describe in Read and Write, and asks Read of a group for joining it (kafka.apache.org, Security, ACLs). */
function bindingsOf(principal: Principal): readonly AclBinding[] {
  const access = kafkaAccess[principal];
  if (access === undefined) return [];
  const bind = (
    resource: AclBinding['resource'],
    operation: AclBinding['operation'],
    names: readonly string[],
  ): readonly AclBinding[] =>
    names.map((name) => ({
      principal: `User:${userOf(principal)}`,
      resource,
      ...patternOf(name),
      operation,
    }));
  const all = topicCatalogue.map(({ name }) => name);
  return [
    ...bind('topic', 'describe', all),
    ...bind('topic', 'describe-configs', all),
    ...bind('topic', 'write', access.writes),
    ...bind('topic', 'read', access.reads),
    ...bind('topic', 'create', access.creates ? all : []),
    ...bind('group', 'read', access.joins),
    ...bind('group', 'describe', access.watches),
  ];
}

/** The whole table as the broker takes it: every binding allows, from any host; what is not in it the broker denies. */
export const kafkaBindings: readonly AclBinding[] = principals.flatMap(bindingsOf);

/** As Kafka's tool spells it: `DescribeConfigs`. */
const wordOf = (operation: AclBinding['operation']): string =>
  operation.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The same as lines for Kafka's own tool, one a principal, resource and operations; `$BROKER` and `$ADMIN` are the shell's. */
export function kafkaAclCommands(): string {
  const lines = Map.groupBy(
    kafkaBindings,
    ({ principal, resource, name, pattern }) => `${principal} ${resource} ${name} ${pattern}`,
  );
  return [...lines.values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const { principal, resource, name, pattern } = first;
      const operations = same.map(({ operation }) => `--operation ${wordOf(operation)}`).join(' ');
      const at = `--${resource} ${name} --resource-pattern-type ${pattern}`;
      return `kafka-acls.sh --bootstrap-server "$BROKER" --command-config "$ADMIN" --add --allow-principal ${principal} ${operations} ${at}`;
    })
    .join('\n');
}
