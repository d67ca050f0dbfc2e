import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { endProcess, identify, isAlive } from './process-identity.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const spawnNode = async (code: string) => {
  const child = spawn(process.execPath, ['-e', `${code}; console.log('up'); setInterval(() => {}, 1000)`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return { child, identity: identify(child.pid ?? 0), ended: once(child, 'exit') };
};

test('ends a process, and one that ignores SIGTERM after the grace', async () => {
  const meek = await spawnNode('');
  expect(isAlive(meek.identity)).toBe(true);
  await endProcess(meek.identity, 5_000);
  expect([isAlive(meek.identity), (await meek.ended)[1]]).toEqual([false, 'SIGTERM']);
  const stubborn = await spawnNode("process.on('SIGTERM', () => {})");
  await endProcess(stubborn.identity, 50);
  expect([isAlive(stubborn.identity), (await stubborn.ended)[1]]).toEqual([false, 'SIGKILL']);
});

test('does not touch a process that has the number of the recorded one but another start', async () => {
  const stranger = await spawnNode('');
  const recorded = { ...stranger.identity, startedAt: `${stranger.identity.startedAt}0` };
  expect(isAlive(recorded)).toBe(false);
  await endProcess(recorded, 0);
  expect(isAlive(stranger.identity)).toBe(true);
  await endProcess(stranger.identity, 0);
});

test('a process that never was is gone', async () => {
  expect(isAlive(identify(2 ** 22 + 1))).toBe(false);
  await endProcess(identify(2 ** 22 + 1), 0);
});
