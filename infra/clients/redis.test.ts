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

test('a start that Redis refuses says why, where, and without the password', async () => {
  const port = await startRefusing();
  const redis = connectRedis({ url: `redis://:s3cret@127.0.0.1:${port}`, logger: pino({ level: 'silent' }) });
  opened.push(() => redis.disconnect());
  const refused = redisReady(redis, 500).catch((error: Error) => error.message);
  expect(await refused).toMatch(/^Redis at 127\.0\.0\.1:\d+ lets nobody in within 500 ms \(.*NOAUTH/);
  expect(await refused).not.toContain('s3cret');
});
