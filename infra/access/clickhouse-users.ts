import {
  analystAccess,
  type ClickhouseAccess,
  clickhouseAccess,
  profiles,
  storeTables,
} from './clickhouse-access.ts';
import { principals, userOf } from './principals.ts';
import { analystOf, digestOf, engineUsers } from './secrets-folder.ts';

export interface ClickhouseUsersOptions {
  readonly secretsFolder: string;
  /** Where the ledger is; `MILLRACE_CLICKHOUSE_DATABASE`. */
  readonly database: string;
  /** Stores whose analyst gets a user. */
  readonly analystStores?: readonly string[];
}

/**
 * A file for ClickHouse's `users.d/`: a role with the grants of each principal, a user that has it, profiles with limits,
 * and a row policy that leaves an analyst the rows of one store. Passwords as digests. Throws SecretMissing.
 */
export function clickhouseUsersFile(options: ClickhouseUsersOptions): string {
  const { secretsFolder, database, analystStores = [] } = options;
  const secrets = engineUsers(secretsFolder, analystStores).filter(({ engine }) => engine === 'clickhouse');
  const roles = principals.flatMap((principal) => {
    const access = clickhouseAccess[principal];
    return access === undefined ? [] : [{ role: userOf(principal), access, store: null }];
  });
  const analysts = analystStores.map((store) => ({ role: analystOf(store), access: analystAccess, store }));
  const all = [...roles, ...analysts];
  const users = all.map(({ role, access, store }) => {
    const secret = secrets.find(({ username }) => username === role);
    if (secret === undefined) throw new RangeError(`${role} has no password file`);
    return element(role, [
      element('password_sha256_hex', digestOf(secret)),
      element('networks', [element('ip', '::/0')]),
      element('profile', access.profile),
      element('quota', 'default'),
      element('grants', [element('query', `GRANT ${quoted(role)}`)]),
      ...(store === null ? [] : [rowPolicies(database, store)]),
    ]);
  });
  return `${[
    '<!-- Written by `npx millrace access clickhouse`: for users.d/ of ClickHouse. -->',
    element('clickhouse', [
      element('profiles', profileElements()),
      element(
        'roles',
        all.map(({ role, access }) => element(role, [element('grants', grantsOf(access, database))])),
      ),
      element('users', users),
    ]),
  ].join('\n')}\n`;
}

/** Rows of other stores are not there (clickhouse.com, users.xml, databases). */
const rowPolicies = (database: string, store: string): string =>
  element('databases', [
    element(
      database,
      storeTables.map((table) =>
        element(table, [element('filter', `store = '${store.replaceAll(/['\\]/g, '\\$&')}'`)]),
      ),
    ),
  ]);

function grantsOf({ grants }: ClickhouseAccess, database: string): readonly string[] {
  return grants.map(({ privileges, on }) => {
    const where = on.includes('.') ? on : `${quoted(database)}.${on}`;
    return element('query', `GRANT ${privileges} ON ${where}`);
  });
}

/** A limit begins at its value and can be set, but neither above its most nor to 0. */
function profileElements(): readonly string[] {
  return Object.entries(profiles).map(([name, { readonly, limits }]) => {
    const bounds = Object.entries(limits).map(([setting, { max }]) =>
      element(setting, [element('min', '1'), element('max', String(max))]),
    );
    // what stands for a row policy where there is none must not be undone by a statement
    const constraints = [...bounds, element('additional_table_filters', ['<const/>'])];
    return element(name, [
      ...Object.entries(limits).map(([setting, { value }]) => element(setting, String(value))),
      element('readonly', String(readonly)),
      ...(readonly === 0 ? [] : [element('constraints', constraints)]),
    ]);
  });
}

const quoted = (name: string): string => `\`${name}\``;

/** An element around a text, on one line, or around others, each on its own. */
function element(name: string, content: string | readonly string[]): string {
  if (typeof content === 'string') return `<${name}>${escaped(content)}</${name}>`;
  const inner = content.flatMap((each) => each.split('\n')).map((line) => `  ${line}`);
  return [`<${name}>`, ...inner, `</${name}>`].join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
