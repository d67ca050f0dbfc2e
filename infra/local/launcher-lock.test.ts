import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockOwner, releaseLock, takeLock } from './launcher-lock.ts';

const newFolder = (): string => mkdtempSync(path.join(os.tmpdir(), 'lock-'));

test('one launcher has a folder at a time', () => {
  const folder = newFolder();
  expect(lockOwner(folder)).toBeUndefined();
  expect(takeLock(folder)).toBe(true);
  expect(takeLock(folder)).toBe(false);
  expect(lockOwner(folder)?.pid).toBe(process.pid);
  releaseLock(folder);
  expect([lockOwner(folder), readdirSync(folder)]).toEqual([undefined, []]);
});

test.each([
  ['a dead process', { pid: 2 ** 22 + 1, startedAt: '1' }],
  ['a process whose number another one has now', { pid: process.pid, startedAt: 'long ago' }],
])('the lock of %s is no lock', (_, owner) => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'launcher.lock'), JSON.stringify(owner));
  expect(lockOwner(folder)).toBeUndefined();
  expect(takeLock(folder)).toBe(true);
  expect(readdirSync(folder)).toEqual(['launcher.lock']);
});
