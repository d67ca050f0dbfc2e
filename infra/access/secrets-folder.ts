import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clickhouseAccess } from './clickhouse-access.ts';
import { kafkaAccess } from './kafka-access.ts';
import { principals, userOf } from './principals.ts';
import { redisAccess } from './redis-access.ts';

export type Engine = 'kafka' | 'redis' | 'clickhouse';

/** A user of one engine and the file that holds its password; for `MILLRACE_<ENGINE>_USERNAME` and `_PASSWORD_FILE`. */
export interface EngineUser {
  readonly engine: Engine;
  readonly username: string;
  readonly file: string;
}

const accessOf = { kafka: kafkaAccess, redis: redisAccess, clickhouse: clickhouseAccess } as const;

/** Of a store's analyst, who has a user in ClickHouse alone. */
export const analystOf = (store: string): string => `millrace-analyst-${store}`;

/**
 * Every user there is to be, each with a password of its own for each engine: what one engine learns at a login opens no
 * other. File names are `<user>.<engine>`.
 */
export function engineUsers(folder: string, analystStores: readonly string[] = []): readonly EngineUser[] {
  const user = (engine: Engine, username: string): EngineUser => ({
    engine,
    username,
    file: path.join(folder, `${username}.${engine}`),
  });
  const engines = Object.keys(accessOf) as Engine[];
  return [
    ...engines.flatMap((engine) =>
      principals.filter((name) => accessOf[engine][name]).map((name) => user(engine, userOf(name))),
    ),
    ...analystStores.map((store) => user('clickhouse', analystOf(store))),
  ];
}

/** Makes the files that are missing (mode 600, 256 random bits in hex) and returns those; what is there is kept. */
export function makeSecrets(folder: string, analystStores: readonly string[] = []): readonly EngineUser[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const missing = engineUsers(folder, analystStores).filter(({ file }) => !existsSync(file));
  for (const { file } of missing)
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  return missing;
}

/** A password file is missing or too short to be hashed without salt. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';
}

const lengthMin = 32;

/** The password of a user. Throws SecretMissing. */
export function passwordOf({ file }: EngineUser): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (text.length >= lengthMin) return text;
  const is = text === '' ? 'is not there, or empty' : `holds fewer than ${lengthMin} characters`;
  throw new SecretMissing(`${file} ${is}: npx millrace access secrets makes it`);
}

/** SHA-256 in hex: enough for a password of 256 random bits, and all that Redis and ClickHouse take in a file. */
export const digestOf = (user: EngineUser): string =>
  createHash('sha256').update(passwordOf(user)).digest('hex');
