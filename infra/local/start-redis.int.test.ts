import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { startRedis } from './start-redis.ts';

const parent = mkdtempSync(path.join(os.tmpdir(), 'redis-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test('keeps its data over a stop, never evicts, and does not take another Redis for itself', async () => {
  const folder = path.join(parent, 'first');
  const port = await freePort(0);
  const first = await startRedis({ folder, port });
  const before = new Redis(first.url);
  await before.set('kept', 'yes');
  expect(await before.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  before.disconnect();

  const spawned: ProcessIdentity[] = [];
  const second = startRedis({
    folder: path.join(parent, 'second'),
    port,
    onSpawn: (identity) => spawned.push(identity),
  });
  await expect(second).rejects.toThrow(/redis ended at its start.*already in use/s);
  expect(spawned.map(isAlive)).toEqual([false]);

  await first.stop();
  expect(isAlive(first)).toBe(false);
  const again = await startRedis({ folder, port: await freePort(0) });
  const after = new Redis(again.url);
  expect(await after.get('kept')).toBe('yes');
  after.disconnect();
  await again.stop();
});
