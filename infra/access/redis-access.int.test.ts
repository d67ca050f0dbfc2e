import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  generationsKey,
  idempotencyKey,
  orderKeys,
  quotaKey,
  requestKeys,
  stockKeys,
} from '../../schemas/redis-keys.ts';
import { connectRedis, redisReady } from '../clients/redis.ts';
import type { RunningEngine } from '../local/engine-process.ts';
import { type Principal, principals, userOf } from './principals.ts';
import { redisAccess } from './redis-access.ts';
import { createSecureEngines, type SecureEngines, trust } from './testing/secure-engines.ts';

let engines: SecureEngines;
let engine: RunningEngine;
let distrust: () => void;
const opened: Redis[] = [];

beforeAll(async () => {
  engines = await createSecureEngines();
  engine = await engines.startRedis();
  distrust = trust(engines.certificates);
});

afterAll(async () => {
  for (const redis of opened) redis.disconnect();
  distrust?.();
  await engines?.stop();
});

const users = principals.filter((principal) => redisAccess[principal] !== undefined);

async function openAs(principal: Principal): Promise<Redis> {
  const user = engines.credentialOf('redis', principal);
  if (user === null) throw new Error(`${principal} has no user`);
  const redis = connectRedis({ url: engine.url, ...user, logger: pino({ level: 'silent' }) });
  opened.push(redis);
  await redisReady(redis, 10_000);
  return redis;
}

const refusedOr = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: Error) => (error.message.startsWith('NOPERM') ? 'refused' : error.message),
  );

/** One of each kind that there is, and one that is none of ours. */
const keys = {
  document: orderKeys.order(0, 'an-order'),
  position: orderKeys.position(1),
  stock: stockKeys.sku(0, 'demo', 'MUG'),
  generations: generationsKey('orders', 0),
  claim: idempotencyKey('demo', 'a-command'),
  quota: quotaKey('demo', '2026-01-31', null),
  requests: requestKeys.last('demo', 'served'),
  foreign: 'somebody-else',
} as const;
type Kind = keyof typeof keys;
const views: readonly Kind[] = ['document', 'position', 'stock', 'generations'];

/** As the table was meant, said a second time in other words. */
const mayRead: Readonly<Record<string, readonly Kind[]>> = {
  api: [...views, 'claim', 'quota', 'requests'],
  views,
  operator: views,
  auditor: views,
};
const mayWrite: Readonly<Record<string, readonly Kind[]>> = {
  api: ['claim', 'quota', 'requests'],
  views,
  operator: views,
  auditor: [],
};

test.each(users)('%s reads and writes the keys of the table, and no others', async (principal) => {
  const redis = await openAs(principal);
  for (const [kind, key] of Object.entries(keys) as [Kind, string][]) {
    const done = (may: boolean): string => (may ? 'done' : 'refused');
    const outcome = {
      kind,
      read: await refusedOr(redis.get(key)),
      // each by a command it uses, and by a script, which must not be a way round
      write: await refusedOr(principal === 'operator' ? redis.hset(key, 'f', 'v') : redis.set(key, 'v')),
      script: await refusedOr(redis.eval("return redis.call('UNLINK', KEYS[1])", 1, key)),
    };
    const write = done(mayWrite[principal]?.includes(kind) ?? false);
    const script = principal === 'api' ? 'refused' : write; // nothing of its own is unlinked
    expect(outcome).toMatchObject({ kind, read: done(mayRead[principal]?.includes(kind) ?? false), write });
    expect(outcome.script === 'done' ? 'done' : 'refused').toBe(script);
    if (write === 'done') await redis.call(principal === 'api' ? 'DEL' : 'UNLINK', key);
  }
});

test.each(users)('%s changes nothing of the server and empties nothing', async (principal) => {
  const redis = await openAs(principal);
  const asked = {
    flush: await refusedOr(redis.flushall()),
    config: await refusedOr(redis.config('SET', 'requirepass', '')),
    acl: await refusedOr(redis.call('ACL', 'SETUSER', 'default', 'on', 'nopass', 'allkeys', 'allcommands')),
    keys: await refusedOr(redis.keys('*')),
    kill: await refusedOr(redis.call('CLIENT', 'KILL', 'TYPE', 'normal')),
    shutdown: await refusedOr(redis.call('SHUTDOWN', 'NOSAVE')),
    replica: await refusedOr(redis.call('REPLICAOF', '127.0.0.1', '1')),
  };
  expect(asked).toEqual(Object.fromEntries(Object.keys(asked).map((name) => [name, 'refused'])));
});

test('services that have no business in Redis have no user there, and the default user is off', async () => {
  const strangers = principals.filter((principal) => !users.includes(principal));
  expect(strangers).toEqual(['catalogue', 'stock', 'orders', 'payments', 'sink', 'deploy']);
  const usernames = [...strangers.map(userOf), 'default'];
  const faults = usernames.map(async (username) => {
    const redis = connectRedis({
      url: engine.url,
      username,
      password: '',
      logger: pino({ level: 'silent' }),
    });
    opened.push(redis);
    await expect(redisReady(redis, 2_000)).rejects.toMatchObject({ trouble: 'credentials' });
  });
  await Promise.all(faults);
});

test('a wrong password, none, no TLS and a stranger’s certificate are told apart, without the secret', async () => {
  const user = engines.credentialOf('redis', 'api');
  if (user === null) throw new Error('the API has no user');
  const wrong = 'not the password of anybody here';
  const fault = async (more: {
    readonly url?: string;
    readonly username?: string;
    readonly password?: string;
  }) => {
    const logger = pino({ level: 'silent' });
    const redis = connectRedis({ url: engine.url, ...user, ...more, logger });
    opened.push(redis);
    return redisReady(redis, 2_000).then(
      () => 'let in',
      (error: unknown) => error,
    );
  };
  const plain = engine.url.replace('rediss:', 'redis:');
  const [credentials, nobody, inTheClear] = await Promise.all([
    fault({ password: wrong }),
    fault({ username: '', password: '' }),
    fault({ url: plain }),
  ]);
  expect(credentials).toMatchObject({ name: 'LinkFault', trouble: 'credentials' });
  expect(String(credentials)).toContain('MILLRACE_REDIS_PASSWORD');
  expect(String(credentials)).not.toContain(wrong);
  expect(nobody).toMatchObject({ trouble: 'credentials' });
  expect(inTheClear).toMatchObject({ trouble: 'transport' });
  distrust();
  try {
    expect(await fault({})).toMatchObject({ name: 'LinkFault', trouble: 'authority' });
  } finally {
    distrust = trust(engines.certificates);
  }
});
