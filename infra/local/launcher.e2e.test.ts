import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { askLauncher } from './control-socket.ts';
import { freePort } from './free-port.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { type StackStatus, stackStatusSchema, stackSummarySchema } from './stack-status.ts';
import { createSandbox } from './testing/millrace-command.ts';

let sandbox: ReturnType<typeof createSandbox>;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.end());

const up = async (env: Record<string, string> = {}) => {
  const result = await sandbox.millrace(['up', '--json', ...sandbox.fakes], env);
  if (result.code !== 0) throw new Error(result.stderr);
  return stackSummarySchema.strict().parse(JSON.parse(result.stdout));
};

/** Asked without a command's process: the tests look often. */
const status = async (): Promise<StackStatus> =>
  stackStatusSchema.parse(await askLauncher(sandbox.folder, { do: 'status' }));

const processOf = async (name: string) => (await status()).processes.find((process) => process.name === name);

const recorded = (): ProcessIdentity[] => {
  const text = readFileSync(path.join(sandbox.folder, 'processes.json'), 'utf8');
  return Object.values(
    z.record(z.string(), z.object({ pid: z.number(), startedAt: z.string() })).parse(JSON.parse(text)),
  );
};

const recordedStart = (name: string): string => {
  const text = readFileSync(path.join(sandbox.folder, 'processes.json'), 'utf8');
  return (
    z.record(z.string(), z.object({ startedAt: z.string() })).parse(JSON.parse(text))[name]?.startedAt ?? ''
  );
};

const seenWithinMs = 180_000;

async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + seenWithinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error('not seen in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('up starts engines and roles, keeps them running, and a restart keeps data, ports, keys and schema ids', async () => {
  const first = await up();
  expect(await up()).toEqual(first);
  const { environment, ...shown } = await status();
  expect(environment).toMatchObject({ MILLRACE_DATA_DIR: sandbox.folder });
  expect(JSON.parse((await sandbox.millrace(['status', '--json'])).stdout)).toEqual(shown); // no secrets
  expect(shown.processes.map((p) => [p.name, p.state])).toEqual(
    ['kafka', 'registry', 'redis', 'clickhouse', 'orders-1', 'orders-2', 'api-1'].map((name) => [
      name,
      'ready',
    ]),
  );

  const redis = new Redis(first.redis);
  await redis.set('kept', 'yes');
  redis.disconnect();
  const schema = { schema: JSON.stringify({ type: 'string' }) };
  const register = async () => {
    const answer = await fetch(`${first.registry}/subjects/kept/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(schema),
    });
    return z.object({ id: z.number() }).parse(await answer.json()).id;
  };
  const schemaId = await register();

  for (const name of ['orders-1', 'redis']) {
    const before = await processOf(name);
    process.kill(before?.pid ?? 0, 'SIGKILL');
    const after = await eventually(async () => {
      const now = await processOf(name);
      return now?.state === 'ready' && now.pid !== before?.pid && now;
    });
    expect(after).toMatchObject({ restarts: 1, lastExit: 'SIGKILL', url: before?.url });
  }
  expect((await sandbox.millrace(['logs', 'orders'])).stdout).toMatch(
    /orders-1 \| orders-1 listens\norders-1 \| orders-1 listens\norders-2 \|/,
  );

  const children = recorded();
  expect(children).toHaveLength(7);
  const down = await sandbox.millrace(['down', '--json']);
  expect(JSON.parse(down.stdout)).toMatchObject({ stopped: true, wiped: false });
  expect(children.filter(isAlive)).toEqual([]);
  expect((await sandbox.millrace(['status'])).code).toBe(69);

  expect(await up()).toEqual(first);
  const again = new Redis(first.redis);
  expect(await again.get('kept')).toBe('yes');
  again.disconnect();
  expect(await register()).toBe(schemaId);
});

test('up and down both find what a killed launcher left, and end no other process', async () => {
  await up();
  const left = recorded();
  process.kill((await status()).pid, 'SIGKILL');
  await eventually(async () => (await sandbox.millrace(['status'])).code === 69);
  expect(left.filter(isAlive)).toHaveLength(7);

  await up();
  expect(left.filter(isAlive)).toEqual([]);

  const second = recorded();
  process.kill((await status()).pid, 'SIGKILL');
  // A number that a stranger got since: same pid, another start time.
  const file = path.join(sandbox.folder, 'processes.json');
  const processes = {
    ...JSON.parse(readFileSync(file, 'utf8')),
    'stock-1': { pid: process.pid, startedAt: '1' },
  };
  writeFileSync(file, JSON.stringify(processes));
  const down = await sandbox.millrace(['down']);
  expect(down.stderr).toContain('ended what a killed launcher had left');
  expect(down.stderr).not.toContain('stock-1');
  expect(second.filter(isAlive)).toEqual([]);
});

test('start runs in the foreground until Ctrl-C, which leaves no process, stubborn ones included', async () => {
  sandbox.withRoles({ role: 'stock', main: sandbox.fake('stubborn-role'), instances: 1 });
  const child = sandbox.begin(['start', '--no-replay', ...sandbox.fakes], {
    MILLRACE_SHUTDOWN_TIMEOUT_MS: '300',
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await eventually(async () => text.includes('Ctrl-C') || child.exitCode !== null);
  expect(text).toMatch(
    /dashboard {2}http:[\s\S]*docs {7}http:[\s\S]*test key {3}mr_test_full[\s\S]*curl -i http.*\/v1\/orders/,
  );
  const children = recorded();
  expect(children.filter(isAlive)).toHaveLength(5);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);
});

test('a Ctrl-C while the engines start leaves no process either', async () => {
  const child = sandbox.begin(['start', '--no-replay', ...sandbox.fakes]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const children = await eventually(async () => {
    const names: string[] = await readdir(sandbox.folder).catch(() => []);
    return names.includes('processes.json') && recorded().length > 0 && recorded();
  });
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect([...children, ...recorded()].filter(isAlive)).toEqual([]);
});

test('a role that cannot start is named with its last words, and nothing stays behind', async () => {
  sandbox.withRoles({ role: 'orders', main: sandbox.fake('broken-role'), instances: 1 });
  const result = await sandbox.millrace(['up', '--json', ...sandbox.fakes]);
  expect(result.code).toBe(69);
  expect(JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
    code: 'start-failed',
    message: expect.stringMatching(
      /orders-1 does not start \(exit code 1\): .*the moon is in the wrong phase.*Fix: read .*orders-1\.log/,
    ),
  });
  expect(recorded().filter(isAlive)).toEqual([]);
});

test('an engine that a person runs elsewhere is not started', async () => {
  const elsewhere = `127.0.0.1:${await freePort(0)}`;
  expect(await up({ MILLRACE_KAFKA_BROKERS: elsewhere })).toMatchObject({ kafka: elsewhere });
  expect(await processOf('kafka')).toMatchObject({ state: 'elsewhere', pid: null });
});

test('each fault before the start is one clear line with its exit code, and starts nothing', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const busy = await sandbox.millrace(['up', ...sandbox.fakes, '--set', `HTTP_PORT=${port}`]);
  expect(busy).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(
      new RegExp(`Port ${port} of 127.0.0.1 is taken\\. Fix: MILLRACE_HTTP_PORT=${port + 1}`),
    ),
  });
  taken.close();

  const faulty = await sandbox.millrace(['up', ...sandbox.fakes], {
    MILLRACE_HTTP_PORT: 'x',
    MILLRACE_TYPO: '1',
  });
  expect(faulty).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/2 faults[\s\S]*MILLRACE_TYPO[\s\S]*MILLRACE_HTTP_PORT: got "x"/),
  });

  const foreign = path.join(path.dirname(sandbox.folder), 'photos');
  await mkdir(foreign);
  writeFileSync(path.join(foreign, 'holiday.jpg'), '');
  expect(await sandbox.millrace(['up', ...sandbox.fakes], { MILLRACE_DATA_DIR: foreign })).toMatchObject({
    code: 69,
    stderr: expect.stringContaining('not a data folder of Millrace'),
  });
  expect(await sandbox.millrace(['down', '--wipe'], { MILLRACE_DATA_DIR: foreign })).toMatchObject({
    code: 69,
  });
  expect(await readdir(foreign)).toEqual(['holiday.jpg']);
});

test('groups scale adds and removes processes of a role; the count outlives a killed process', async () => {
  await up();
  const scale = (...args: readonly string[]) => sandbox.millrace(['groups', 'scale', ...args]);
  const namesOf = async (role: string) =>
    (await status()).processes.filter(({ name }) => name.startsWith(`${role}-`)).map(({ name }) => name);

  const more = await sandbox.millrace(['groups', 'scale', 'orders', '4', '--json']);
  expect(JSON.parse(more.stdout)).toMatchObject({ role: 'orders', from: 2, to: 4, scaled: true });
  expect(await namesOf('orders')).toEqual(['orders-1', 'orders-2', 'orders-3', 'orders-4']);
  const [pids, urls] = [
    new Set((await status()).processes.map(({ pid }) => pid)),
    new Set((await status()).processes.map(({ url }) => url)),
  ];
  expect([pids.size, urls.size]).toEqual([9, 9]);

  const tooMany = await scale('orders', '5');
  expect([tooMany.code, tooMany.stderr]).toEqual([5, expect.stringMatching(/too-many: .*4 partitions/)]);
  expect((await scale('nobody', '1')).code).toBe(3);
  expect((await scale('orders', 'all')).code).toBe(2);

  const before = await processOf('orders-4');
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await eventually(async () => {
    const now = await processOf('orders-4');
    return now?.state === 'ready' && now.pid !== before?.pid;
  });
  expect(await namesOf('orders')).toHaveLength(4);

  const ended = await processOf('orders-2');
  expect((await scale('orders', '1')).code).toBe(0);
  expect(await namesOf('orders')).toEqual(['orders-1']);
  expect(isAlive({ pid: ended?.pid ?? 0, startedAt: recordedStart('orders-2') })).toBe(false);
  expect((await sandbox.millrace(['logs', 'orders-2'])).stdout).toContain('orders-2 stops');

  expect((await scale('orders', '0')).code).toBe(0);
  expect((await scale('orders', '2')).code).toBe(0);
  expect(await namesOf('orders')).toEqual(['orders-1', 'orders-2']);
});

test('groups scale without a launcher tells what to type instead', async () => {
  expect((await sandbox.millrace(['groups', 'scale', 'stock', '3'])).code).toBe(69);
  const elsewhere = await sandbox.millrace(['groups', 'scale', 'stock', '3'], {
    MILLRACE_KAFKA_BROKERS: 'kafka.example:9092',
  });
  expect(elsewhere.code).toBe(0);
  expect(elsewhere.stdout).toMatch(/docker compose up .*--scale stock=3 stock\nkubectl scale .*--replicas=3/);
});

test('groups restart takes the processes of a role one at a time, and the others stay as they are', async () => {
  await up();
  const restart = (...what: readonly string[]) => sandbox.millrace(['groups', 'restart', ...what]);
  const pidsOf = async (role: string) =>
    (await status()).processes.filter(({ name }) => name.startsWith(`${role}-`)).map(({ pid }) => pid);
  const [orders, api] = [await pidsOf('orders'), await pidsOf('api')];

  const one = await restart('orders-2');
  expect([one.code, one.stderr]).toEqual([0, expect.stringContaining('orders-2 is ready again')]);
  const after = await pidsOf('orders');
  expect([after[0], after[1] === orders[1]]).toEqual([orders[0], false]);

  const both = await restart('orders', 'api');
  expect(both.stdout).toMatch(/orders-1 +ready[\s\S]*orders-2 +ready[\s\S]*api-1 +ready/);
  const now = [...(await pidsOf('orders')), ...(await pidsOf('api'))];
  expect(now.filter((pid) => [...orders, ...after, ...api].includes(pid))).toEqual([]);
  expect((await status()).processes.map(({ restarts }) => restarts)).toEqual(
    now.concat([0, 0, 0, 0]).map(() => 0),
  );
  const log = readFileSync(path.join(sandbox.folder, 'logs', 'launcher.log'), 'utf8');
  expect(log).toMatch(/orders-1: starts again[\s\S]*orders-2: starts again/);

  expect((await restart('nobody')).code).toBe(3);
});
