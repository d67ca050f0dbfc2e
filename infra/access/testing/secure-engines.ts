import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import type { RunningEngine } from '../../local/engine-process.ts';
import { freePort } from '../../local/free-port.ts';
import type { Credential } from '../../local/kafka/kafka-security.ts';
import { startKafka } from '../../local/kafka/start-kafka.ts';
import { startClickhouse } from '../../local/start-clickhouse.ts';
import { startRedis } from '../../local/start-redis.ts';
import { makeTestCertificates, type TestCertificates } from '../../local/testing/test-certificates.ts';
import { clickhouseUsersFile } from '../clickhouse-users.ts';
import { type Principal, userOf } from '../principals.ts';
import { redisUsersFile } from '../redis-users.ts';
import { type Engine, engineUsers, makeSecrets, passwordOf } from '../secrets-folder.ts';

export const database = 'millrace';
/** Whose analyst has a user. */
export const analystStore = 'demo';

/** A folder with certificates and every user's password, out of which engines are started that let nobody else in. */
export interface SecureEngines {
  readonly certificates: TestCertificates;
  /** Of Kafka: it may do everything. */
  readonly admin: Credential;
  readonly folder: string;
  /** Null where the principal has no user at that engine. */
  credentialOf(engine: Engine, principal: Principal): Credential | null;
  credentialOfUser(engine: Engine, username: string): Credential;
  startKafka(): Promise<RunningEngine>;
  startRedis(): Promise<RunningEngine>;
  startClickhouse(): Promise<RunningEngine>;
  /** Stops what was started, and forgets the folder. */
  stop(): Promise<void>;
}

/** Nothing is started yet. */
export async function createSecureEngines(): Promise<SecureEngines> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-secure-'));
  const secretsFolder = path.join(folder, 'secrets');
  const certificates = await makeTestCertificates(path.join(folder, 'tls'));
  makeSecrets(secretsFolder, [analystStore]);
  const users = engineUsers(secretsFolder, [analystStore]);
  const admin: Credential = { username: 'admin', password: 'the-password-of-an-administrator' };
  const credentials = (engine: Engine): readonly Credential[] =>
    users
      .filter((user) => user.engine === engine)
      .map((user) => ({ username: user.username, password: passwordOf(user) }));
  const engines: Promise<RunningEngine>[] = [];
  const started = (starting: Promise<RunningEngine>): Promise<RunningEngine> => {
    engines.push(starting);
    return starting;
  };
  const place = async (name: string) => ({ folder: path.join(folder, name), port: await freePort(0) });
  const written = (name: string, text: string) => {
    const usersFile = path.join(folder, name);
    writeFileSync(usersFile, text, { mode: 0o600 });
    return { usersFile, certificateFile: certificates.certificateFile, keyFile: certificates.keyFile };
  };
  const credentialOfUser = (engine: Engine, username: string): Credential => {
    const found = credentials(engine).find((each) => each.username === username);
    if (found === undefined) throw new RangeError(`${username} is no user of ${engine}`);
    return found;
  };
  return {
    certificates,
    admin,
    folder,
    credentialOf: (engine, principal) =>
      credentials(engine).find(({ username }) => username === userOf(principal)) ?? null,
    credentialOfUser,
    async startKafka() {
      const security = { ...certificates, admin, users: credentials('kafka') };
      return started(startKafka({ ...(await place('kafka')), security }));
    },
    async startRedis() {
      const security = written('users.acl', redisUsersFile(secretsFolder));
      return started(startRedis({ ...(await place('redis')), security }));
    },
    async startClickhouse() {
      const text = clickhouseUsersFile({ secretsFolder, database, analystStores: [analystStore] });
      const security = written('millrace.xml', text);
      return started(startClickhouse({ ...(await place('clickhouse')), security }));
    },
    async stop() {
      // one that did not start left nothing
      const all = await Promise.allSettled(engines);
      const running = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      await Promise.all(running.map((engine) => engine.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What NODE_EXTRA_CA_CERTS does for a process at its start, for this one from now on; returns the way back. */
export function trust({ authorityFile }: TestCertificates): () => void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, readFileSync(authorityFile, 'utf8')]);
  return () => tls.setDefaultCACertificates(before);
}
