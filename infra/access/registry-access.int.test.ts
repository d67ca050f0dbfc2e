import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storesConfigTopic } from '../../schemas/topic-catalogue.ts';
import { type Link, registryLink } from '../clients/links.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import { createKeptLogger, until } from '../clients/testing/test-kafka.ts';
import { registerSchemas } from '../deploy/register-schemas.ts';
import type { Credential } from '../local/kafka/kafka-security.ts';
import { makeTestCertificates, type TestCertificates } from '../local/testing/test-certificates.ts';
import { testEngines } from '../local/testing/test-engines.ts';
import { openRegistryDoor } from './testing/registry-door.ts';
import { trust } from './testing/secure-engines.ts';

const user = { username: 'millrace', password: 'a password: of the registry, ünusual' };
let folder: string;
let certificates: TestCertificates;
let door: Awaited<ReturnType<typeof openRegistryDoor>>;
let distrust: () => void;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-registry-'));
  certificates = await makeTestCertificates(folder);
  door = await openRegistryDoor(testEngines().registryUrl, certificates, () => user);
  distrust = trust(certificates);
});

afterAll(() => {
  distrust?.();
  door?.close();
  rmSync(folder, { recursive: true, force: true });
});

const linkOf = ({ username, password }: Credential, url = door.url): Link =>
  registryLink({ registryUrl: url, registryUsername: username, registryPassword: password });

test('behind TLS and a login schemas are registered, found again and learned', async () => {
  const link = linkOf(user);
  const registered = await registerSchemas(link);
  const registry = await connectSchemaRegistry({ ...link, logger: createKeptLogger() });
  const codec = registry.createCodecs()[storesConfigTopic];
  expect(registered.map(({ id }) => id)).toContain(codec.schemaId);
  expect(await registry.learnWriter(codec, codec.schemaId)).toBe('learned');
});

const wrong = 'not the password of the registry';
const everySecret = [user.password, wrong].flatMap((text) => [
  text,
  Buffer.from(`${user.username}:${text}`).toString('base64'),
]);

/** What is thrown at the start of a service and of the deploy step, with all that hangs on it. */
async function faultsOf(link: Link): Promise<readonly string[]> {
  const logger = createKeptLogger();
  const starts = [connectSchemaRegistry({ ...link, logger }), registerSchemas(link)];
  const faults = (await Promise.allSettled(starts)).map((start) =>
    start.status === 'rejected' ? (start.reason as Error) : new Error('let in'),
  );
  const all = inspect([faults, logger.lines], { depth: 20, showHidden: true });
  for (const secret of everySecret) expect(all).not.toContain(secret);
  return faults.map(({ message }) => message);
}

test('a wrong password, none, no TLS and a stranger’s certificate are told apart, without the secret', async () => {
  const { username } = user;
  const credential = 'MILLRACE_REGISTRY_USERNAME and MILLRACE_REGISTRY_PASSWORD';
  const both = (message: string): readonly string[] => [message, message];
  expect(await faultsOf(linkOf({ username, password: wrong }))).toEqual(
    both(
      `the schema registry at ${door.url} does not take the user ${username} with this password: check ${credential}`,
    ),
  );
  expect(await faultsOf(linkOf({ username: '', password: '' }))).toEqual(
    both(`the schema registry at ${door.url} asks who is there and no user was named: set ${credential}`),
  );
  for (const message of await faultsOf(linkOf(user, door.url.replace('https:', 'http:'))))
    expect(message).toMatch(
      /ends every connection before its first answer: .* https: address in MILLRACE_REGISTRY_URL/,
    );
  // another door: a connection that stands is not looked at again
  const strange = await openRegistryDoor(testEngines().registryUrl, certificates, () => user);
  distrust();
  try {
    for (const message of await faultsOf(linkOf(user, strange.url)))
      expect(message).toContain('NODE_EXTRA_CA_CERTS');
  } finally {
    distrust = trust(certificates);
    strange.close();
  }
});

test('a password that is changed under a running service is told in its log until it is right, without the secret', async () => {
  let taken = user;
  const moving = await openRegistryDoor(testEngines().registryUrl, certificates, () => taken);
  try {
    const logger = createKeptLogger();
    const registry = await connectSchemaRegistry({ ...linkOf(user, moving.url), logger });
    const codec = registry.createCodecs()[storesConfigTopic];
    taken = { ...user, password: 'the next one' };
    const learning = registry.learnWriter(codec, codec.schemaId);
    await until(() => logger.lines.length > 0);
    expect(inspect(logger.lines, { depth: 20 })).toContain('check MILLRACE_REGISTRY_USERNAME');
    for (const secret of everySecret) expect(inspect(logger.lines, { depth: 20 })).not.toContain(secret);
    taken = user;
    expect(await learning).toBe('learned');
  } finally {
    moving.close();
  }
});
