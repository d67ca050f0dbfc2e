import { existsSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import {
  localSecrets,
  prepareDataFolder,
  readPorts,
  readProcesses,
  wipeDataFolder,
  writePorts,
} from './data-folder.ts';
import { rotateLogs } from './rotate-logs.ts';
import { SetupError } from './setup-error.ts';

let folder: string;
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'data-')), 'stack');
});

test('secrets are made once, long, each another, and for their owner alone', () => {
  prepareDataFolder(folder);
  const made = localSecrets(folder);
  expect(localSecrets(folder)).toEqual(made);
  expect(new Set(Object.values(made)).size).toBe(4);
  expect(Object.values(made).every((secret) => /^[0-9a-f]{64}$/.test(secret))).toBe(true);
  expect(statSync(path.join(folder, 'secrets.json')).mode & 0o077).toBe(0);
});

test("neither starts in nor wipes a folder that holds somebody else's files", () => {
  const foreign = path.dirname(folder);
  writeFileSync(path.join(foreign, 'thesis.tex'), '');
  expect(() => prepareDataFolder(foreign)).toThrow(SetupError);
  expect(() => wipeDataFolder(foreign)).toThrow(/nothing was deleted/);
  expect(readdirSync(foreign)).toEqual(['thesis.tex']);
});

test('a path that cannot hold data is named with its fix, not told as a bug', () => {
  const file = path.join(path.dirname(folder), 'file');
  writeFileSync(file, '');
  for (const impossible of [file, path.join(file, 'below')]) {
    expect(() => prepareDataFolder(impossible)).toThrow(SetupError);
    expect(() => prepareDataFolder(impossible)).toThrow(/cannot be the data folder: ENOTDIR/);
  }
});

test('wipes its own folder, also twice', () => {
  prepareDataFolder(folder);
  expect([wipeDataFolder(folder), wipeDataFolder(folder), existsSync(folder)]).toEqual([true, false, false]);
});

test('remembers ports, knows no process at first, and says which file a person broke', () => {
  prepareDataFolder(folder);
  expect([readPorts(folder), readProcesses(folder)]).toEqual([{}, {}]);
  writePorts(folder, { kafka: 9093 });
  expect(readPorts(folder)).toEqual({ kafka: 9093 });
  writeFileSync(path.join(folder, 'stack.json'), '{"ports":{"kafka":"x"}}');
  expect(() => readPorts(folder)).toThrow(/stack\.json cannot be read\. Fix: npx millrace down --wipe/);
});

test('a log beyond its bound is moved aside, a smaller one stays', () => {
  prepareDataFolder(folder);
  const logs = path.join(folder, 'logs');
  writeFileSync(path.join(logs, 'big.log'), 'x'.repeat(101));
  writeFileSync(path.join(logs, 'small.log'), 'x'.repeat(100));
  rotateLogs(logs, 100);
  const sizes = readdirSync(logs).map((name) => [name, statSync(path.join(logs, name)).size]);
  expect(Object.fromEntries(sizes)).toEqual({ 'big.log': 0, 'big.log.1': 101, 'small.log': 100 });
});
