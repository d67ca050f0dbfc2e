import net from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { connectRedis, redisReady } from './redis.ts';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A Redis that knows nobody: the same error to every command. */
async function startRefusing(): Promise<number> {
  const server = net.createServer((socket) =>
    socket
      .on('error', () => socket.destroy())
      .on('data', (chunk) => {
        const commands = chunk.toString().match(/\*\d+\r\n/g)?.length ?? 0;
        socket.write('-NOAUTH Authentication required.\r\n'.repeat(commands));
      }),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

/** A Redis that lets everybody in, then answers nothing more on that connection. */
async function startFreezing(): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    let isIn = false;
    socket
      .on('error', () => socket.destroy())
      .on('data', (chunk) => {
        if (isIn) return;
        const info = 'redis_version:7.0.0\r\nloading:0\r\n';
        for (const [command] of chunk.toString().matchAll(/\binfo\b|\bclient\b|\bhello\b/gi)) {
          isIn ||= /info/i.test(command);
          socket.write(isIn ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
        }
      });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  return { port: (server.address() as net.AddressInfo).port, connections: () => connections };
}

test('what is asked of a Redis that has frozen is not kept: the connection is given up, and another one tried', async () => {
  const { port, connections } = await startFreezing();
  const redis = connectRedis({
    url: `redis://127.0.0.1:${port}`,
    logger: pino({ level: 'silent' }),
    commandTimeoutMs: 50,
  });
  opened.push(() => redis.disconnect());
  await redisReady(redis, 5_000);
  const closed = new Promise((resolve) => redis.once('close', resolve));
  const asked = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => redis.get(`k${i}`)));
  expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'));
  await closed;
  await redisReady(redis, 5_000);
  expect(connections()).toBeGreaterThan(1);
  expect((redis as unknown as { commandQueue: { length: number } }).commandQueue.length).toBe(0);
});

test('a start that Redis refuses says why, where, and without the password', async () => {
  const port = await startRefusing();
  const redis = connectRedis({ url: `redis://:s3cret@127.0.0.1:${port}`, logger: pino({ level: 'silent' }) });
  opened.push(() => redis.disconnect());
  const refused = redisReady(redis, 500).catch((error: Error) => error.message);
  expect(await refused).toMatch(
    /^Redis at 127\.0\.0\.1:\d+ does not take the user default with this password: check MILLRACE_REDIS_USERNAME/,
  );
  expect(await refused).not.toContain('s3cret');
});
