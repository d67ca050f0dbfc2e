import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi } from '../../api/start.ts';
import { createCaller, orderThat } from '../../api/testing/caller.ts';
import { startCatalogue } from '../../processors/catalogue/start.ts';
import { startOrders } from '../../processors/orders/start.ts';
import { startPayments } from '../../processors/payments/start.ts';
import { startStock } from '../../processors/stock/start.ts';
import { startViews } from '../../processors/views/start.ts';
import { consumerGroups } from '../../schemas/consumer-groups.ts';
import { topicCatalogue } from '../../schemas/topic-catalogue.ts';
import { startSink } from '../../sinks/clickhouse/start.ts';
import { nothingGiven } from '../audit/given.ts';
import { openAuditSources, recordLive } from '../audit/live-recording.ts';
import type { RuleReport } from '../audit/rule.ts';
import { alwaysChecked } from '../audit/rule-catalogue.ts';
import { connectClickhouse } from '../clients/clickhouse.ts';
import { type AclAdmin, aclEntryOf, createAclAdmin } from '../clients/kafkajs/acl-admin.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import { clickhouseLink, kafkaLink } from '../clients/links.ts';
import type { RunningRole, StartRole } from '../clients/run-role.ts';
import { until } from '../clients/testing/test-kafka.ts';
import { testEngines } from '../local/testing/test-engines.ts';
import { startSimulator } from '../psp/simulator/start.ts';
import { compareKafkaAcls } from './apply-kafka-acls.ts';
import { kafkaAccess } from './kafka-access.ts';
import { kafkaBindings } from './kafka-bindings.ts';
import { type Principal, principals, userOf } from './principals.ts';
import { openRawBroker, type RawBroker } from './testing/raw-broker.ts';
import { createSecureEngines, type SecureEngines, trust } from './testing/secure-engines.ts';
import { connectionTo, openSecurePlace, type SecurePlace, type Started } from './testing/secure-stack.ts';

let engines: SecureEngines;
let started: Started;
let place: SecurePlace;
let admin: AclAdmin;
let keys: { readonly full: string };
let firstApply: object;
let distrust: () => void;

beforeAll(async () => {
  engines = await createSecureEngines();
  const [kafka, redis, clickhouse] = await Promise.all([
    engines.startKafka(),
    engines.startRedis(),
    engines.startClickhouse(),
  ]);
  started = { kafka, redis, clickhouse, registryUrl: testEngines().registryUrl };
  distrust = trust(engines.certificates);
  place = await openSecurePlace(engines, started);
  admin = await createAclAdmin(connectionTo(kafka, engines.admin));
  firstApply = await apply('--yes');
  const deployed = await place.run('deploy', 'infra/deploy/main.ts');
  if (deployed.code !== 0) throw new Error(deployed.stderr);
  ({ keys } = JSON.parse(deployed.stdout) as { keys: { full: string } });
});

afterAll(async () => {
  await admin?.close();
  place?.close();
  await engines?.stop();
  distrust?.();
});

const rawAs = (principal: Principal): Promise<RawBroker> =>
  openRawBroker(kafkaLink(place.configOf(principal), 'raw', connectionTo(started.kafka).logger));

/** What `access apply` says to an administrator of Kafka, and its exit code. */
async function apply(...args: readonly string[]): Promise<object> {
  const login = [`KAFKA_USERNAME=${engines.admin.username}`, `KAFKA_PASSWORD=${engines.admin.password}`];
  const settings = login.flatMap((setting) => ['--set', setting]);
  const all = ['access', 'apply', '--json', ...settings, ...args];
  const { code, stdout, stderr } = await place.run('operator', 'infra/cli/main.ts', all);
  return { ...(JSON.parse(stdout || stderr) as object), code };
}

/** The reasons of the audit records of `access.apply`, in the order of the log. */
async function appliedFor(): Promise<readonly string[]> {
  const config = place.configOf('auditor');
  const sources = await openAuditSources(config, pino({ level: 'silent' }));
  try {
    const recording = recordLive(sources, config, {
      restAtMs: null,
      clientJournals: '',
      given: nothingGiven,
    });
    const records = (await recording.privileged?.())?.audit ?? [];
    return records.flatMap(({ value }) => (value?.body.what === 'access.apply' ? [value.body.reason] : []));
  } finally {
    await sources.close();
  }
}

const kafkaPrincipals = principals.filter((principal) => kafkaAccess[principal] !== undefined);
const topics = topicCatalogue.map(({ name }) => name);

test('access apply finds what is missing or goes beyond the table, mends it, and needs an administrator', async () => {
  expect(await compareKafkaAcls(admin)).toEqual({ missing: [], extra: [] });
  const [first] = kafkaBindings;
  if (first === undefined) throw new Error('no bindings');
  const beyond = { ...first, resource: 'topic', name: 'orders.events.v1', operation: 'write' } as const;
  await admin.add([beyond]);
  const removed = ['User:millrace-api ALLOW WRITE on TOPIC orders.events.v1 (LITERAL)'];
  expect(await apply()).toEqual({ code: 6, applied: false, recorded: false, added: [], removed });
  const answer = { code: 0, applied: true, recorded: true, added: [], removed };
  expect(await apply('--yes', '--reason', 'after a visit')).toEqual(answer);
  expect(await compareKafkaAcls(admin)).toEqual({ missing: [], extra: [] });
  expect(await appliedFor()).toEqual(['after a visit']);
  const operator = await place.run('operator', 'infra/cli/main.ts', ['access', 'apply', '--yes']);
  expect([operator.code, operator.stdout]).toEqual([69, '']);
});

test('before the first deploy there is no audit log and rights are given without; later not without a record', async () => {
  expect(firstApply).toMatchObject({ code: 0, applied: true, recorded: false, removed: [] });
  const [first] = kafkaBindings;
  if (first === undefined) throw new Error('no bindings');
  await admin.remove([aclEntryOf(first)]);
  const before = await appliedFor();
  expect(await apply('--yes', '--set', 'REGISTRY_PASSWORD=not the password')).toMatchObject({ code: 69 });
  expect(await compareKafkaAcls(admin)).toEqual({ missing: [first], extra: [] });
  expect(await appliedFor()).toEqual(before);
  expect(await apply('--yes')).toMatchObject({ code: 0, recorded: true });
  expect(await compareKafkaAcls(admin)).toEqual({ missing: [], extra: [] });
});

test('each service under its own users, over TLS: an order goes from HTTPS to its rest, Redis and ClickHouse', async () => {
  const simulator = startSimulator({
    seed: 1,
    latency: { minMs: 0, maxMs: 5 },
    keyTtlMs: 86_400_000,
    keepsErrors: true,
  });
  const roles: readonly (readonly [Principal, StartRole])[] = [
    ['payments', simulator], // it speaks to no engine
    ['catalogue', startCatalogue],
    ['stock', startStock],
    ['orders', startOrders],
    ['payments', startPayments],
    ['views', startViews],
    ['sink', startSink],
  ];
  const running: RunningRole[] = await Promise.all(roles.map(([as, start]) => start(place.contextOf(as))));
  try {
    const api = await startApi(place.contextOf('api'));
    running.push(api);
    const call = createCaller(
      () => api.port,
      () => keys.full,
      'https',
    );
    await until(() => running.every((role) => role.readiness().ready));
    const product = { name: 'a mug', prices: [{ currency: 'GBP', unitPriceMinor: 250 }] };
    expect(await call('PUT', '/v1/catalogue/MUG', { body: product })).toMatchObject({ status: 202 });
    const receipt = { type: 'receive', quantity: 10 };
    expect(await call('POST', '/v1/stock/MUG/movements', { body: receipt })).toMatchObject({ status: 202 });
    await until(async () => (await call('GET', '/v1/catalogue/MUG')).status === 200);
    const body = {
      customerId: 'c-1',
      currency: 'GBP',
      lines: [{ sku: 'MUG', quantity: 2 }],
      paymentToken: 'tok_ok',
    };
    const placed = await call('POST', '/v1/orders', { body });
    expect(placed).toMatchObject({ status: 202 });
    expect(placed.text).toContain('["strict-transport-security","max-age=31536000');
    const order = await orderThat(call, placed.location, ({ status }) => status === 'confirmed');
    expect(order).toMatchObject({ status: 'confirmed' });
    const auditor = connectClickhouse(clickhouseLink(place.configOf('auditor')));
    await until(async () => {
      const query = "SELECT toUInt32(count()) AS n FROM orders WHERE event = 'OrderConfirmed'";
      const answer = await auditor.query({ query, format: 'JSONEachRow' });
      return (await answer.json<{ n: number }>())[0]?.n === 1;
    });
    await auditor.close();
    const groups = await place.run('operator', 'infra/cli/main.ts', ['groups', 'lag', '--json']);
    expect([groups.code, groups.stderr]).toEqual([0, '']);
    const verified = await place.run('auditor', 'infra/cli/main.ts', ['verify', '--json']);
    const { rules } = JSON.parse(verified.stdout) as { readonly rules: readonly RuleReport[] };
    expect(rules.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
    const unchecked = rules.filter(({ id, verdict }) => alwaysChecked.includes(id) && verdict !== 'holds');
    expect(unchecked.map(({ id }) => id)).toEqual(['I-01', 'I-21']); // no client kept a journal
  } finally {
    await Promise.all(running.map((role) => role.stop()));
  }
}); // a whole stack and two processes beside it

test('no principal appends, reads, joins or looks beyond the table', async () => {
  const groups = [...Object.values(consumerGroups), 'api-1-reader', 'millrace-keys-reader', 'stranger'];
  const may = (names: readonly string[], group: string): boolean =>
    names.some((name) => (name.endsWith('*') ? group.startsWith(name.slice(0, -1)) : group === name));
  for (const principal of kafkaPrincipals) {
    const { writes = [], reads = [], joins = [] } = kafkaAccess[principal] ?? {};
    const broker = await rawAs(principal);
    const [noTopic, denied] = ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED'];
    for (const topic of topics) {
      const outcome = {
        principal,
        topic,
        append: await broker.produce(topic),
        read: await broker.fetch(topic),
      };
      const append = writes.includes(topic) ? noTopic : denied;
      const read = reads.includes(topic) ? noTopic : denied;
      expect(outcome).toEqual({ principal, topic, append, read });
    }
    for (const group of groups) {
      const isRefused = (await broker.beat(group)) === 'GROUP_AUTHORIZATION_FAILED';
      expect({ principal, group, isRefused }).toEqual({ principal, group, isRefused: !may(joins, group) });
    }
    await broker.close();
  }
});

test('nobody deletes, empties, widens or alters a topic, makes one of another name, or gives himself a right', async () => {
  for (const principal of kafkaPrincipals) {
    const broker = await rawAs(principal);
    for (const topic of topics) {
      const refused = [
        await broker.deleteTopic(topic),
        await broker.deleteRecords(topic),
        await broker.addPartitions(topic),
        await broker.alterTopic(topic),
      ];
      expect({ principal, topic, refused }).toEqual({
        principal,
        topic,
        refused: refused.map(() => 'TOPIC_AUTHORIZATION_FAILED'),
      });
    }
    expect(await broker.createTopic('another')).toMatch(/AUTHORIZATION_FAILED/);
    expect(await broker.allow(`User:${userOf(principal)}`, 'orders.events.v1')).toBe(
      'CLUSTER_AUTHORIZATION_FAILED',
    );
    await broker.close();
  }
});

test('a refused append is a refusal to the log’s caller, not an outcome he does not know', async () => {
  const log = await createKafkajsLog(
    kafkaLink(place.configOf('api'), 'api-1', connectionTo(started.kafka).logger),
  );
  const records = [{ key: 'k', value: Buffer.from('v') }];
  const [outcome] = await log.append([{ topic: 'orders.events.v1', partition: 0, records }]);
  await log.close();
  expect(outcome).toMatchObject({ is: 'refused' });
});

test('Kafka: a wrong password, none, no TLS and a stranger’s certificate are told apart, without the secret', async () => {
  const user = engines.credentialOf('kafka', 'api');
  if (user === null) throw new Error('the API has no user');
  const wrong = 'not the password of anybody here';
  const fault = (more: object): Promise<unknown> =>
    createKafkajsLog(connectionTo(started.kafka, { ...user, ...more })).then(
      () => 'let in',
      (error: unknown) => error,
    );
  const credentials = await fault({ password: wrong });
  expect(credentials).toMatchObject({ name: 'LinkFault', trouble: 'credentials' });
  expect(String(credentials)).toContain('MILLRACE_KAFKA_PASSWORD');
  expect(String(credentials)).not.toContain(wrong);
  expect(await fault({ username: '', password: '' })).toMatchObject({ trouble: 'transport' });
  expect(await fault({ tls: false })).toMatchObject({ trouble: 'transport' });
  distrust();
  try {
    const authority = await fault({});
    expect(authority).toMatchObject({ name: 'LinkFault', trouble: 'authority' });
    expect(String(authority)).toContain('NODE_EXTRA_CA_CERTS');
  } finally {
    distrust = trust(engines.certificates);
  }
});
