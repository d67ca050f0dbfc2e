import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { ClickhouseError } from './clickhouse-error.ts';

/** A user of a `users.d` file as `millrace access clickhouse` writes it. */
export interface FrontUser {
  readonly name: string;
  readonly passwordSha256: string;
  readonly profile: string;
  readonly role: string;
  /** Values of its profile's settings, `readonly` excepted. */
  readonly settings: ReadonlyMap<string, string>;
  readonly readonly: boolean;
  /** Row policies: SQL by `database.table`. */
  readonly filters: ReadonlyMap<string, string>;
}

/**
 * The users of such a file. chDB reads the file too, and its roles, grants and constraints are chDB's own; but its one
 * user is `default`, so logging in, values of profiles and row policies are the front's. Throws where a user lacks
 * something: it is no parser of XML, only of that command's lines.
 */
export function readUsersFile(file: string): ReadonlyMap<string, FrontUser> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const profiles = elementsIn(sectionOf(lines, 'profiles'));
  const users = elementsIn(sectionOf(lines, 'users'));
  return new Map([...users].map(([name, inner]) => [name, userOf(name, inner, profiles)]));
}

function userOf(name: string, inner: readonly string[], profiles: ReadonlyMap<string, readonly string[]>) {
  const text = (tag: string): string => {
    const [, found] = inner.join('\n').match(new RegExp(`<${tag}>([^<]+)</${tag}>`)) ?? [];
    if (found === undefined) throw new Error(`user ${name} has no ${tag} in the users file`);
    return unescaped(found);
  };
  const profile = text('profile');
  const values = new Map(
    leavesOf((profiles.get(profile) ?? []).join('\n').replace(/<constraints>[\s\S]*<\/constraints>/, '')),
  );
  const isReadonly = values.get('readonly') !== '0';
  values.delete('readonly');
  const filters = new Map<string, string>();
  for (const [database, tables] of elementsIn(sectionOf(inner, 'databases')))
    for (const [table, filter] of elementsIn(tables))
      filters.set(`${database}.${table}`, new Map(leavesOf(filter.join('\n'))).get('filter') ?? '0');
  const role = text('query').replace(/^GRANT `(.*)`$/, '$1');
  const passwordSha256 = text('password_sha256_hex');
  return { name, passwordSha256, profile, role, settings: values, readonly: isReadonly, filters };
}

/** The lines between `<tag>` and `</tag>` that stand at the same depth; none where there is no such element. */
function sectionOf(lines: readonly string[], tag: string): readonly string[] {
  const from = lines.findIndex((line) => line.trim() === `<${tag}>`);
  if (from < 0) return [];
  const indent = lines[from]?.match(/^ */)?.[0] ?? '';
  return lines.slice(from + 1, lines.indexOf(`${indent}</${tag}>`, from));
}

/** The outermost elements that go over several lines, by their names. */
function elementsIn(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const depth = Math.min(...lines.map((line) => line.search(/\S/)));
  const names = lines.flatMap((line) =>
    line.search(/\S/) === depth ? (/^ *<([\w-]+)>$/.exec(line)?.[1] ?? []) : [],
  );
  return new Map(names.map((name) => [name, sectionOf(lines, name)]));
}

const leavesOf = (text: string): readonly (readonly [string, string])[] =>
  [...text.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = '', value = '']) => [name, unescaped(value)]);

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/**
 * Who asks, by HTTP Basic or ClickHouse's own headers. Throws the server's own error where there is no such user or the
 * password is another.
 */
export function authenticate(users: ReadonlyMap<string, FrontUser>, request: IncomingMessage): FrontUser {
  const [name, password] = credentialOf(request);
  const user = users.get(name);
  const digest = createHash('sha256').update(password).digest();
  const wanted = Buffer.from(user?.passwordSha256 ?? '', 'hex');
  if (user !== undefined && wanted.length === digest.length && timingSafeEqual(wanted, digest)) return user;
  throw new ClickhouseError(
    516,
    `${name}: Authentication failed: password is incorrect, or there is no user with such name`,
    'AUTHENTICATION_FAILED',
  );
}

function credentialOf({ headers }: IncomingMessage): readonly [string, string] {
  const [, basic] = /^Basic (\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (basic === undefined)
    return [String(headers['x-clickhouse-user'] ?? 'default'), String(headers['x-clickhouse-key'] ?? '')];
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? [];
  return [name, password];
}
