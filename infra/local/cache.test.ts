import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { fillOnce, isCached, sha256OfFile } from './cache.ts';
import { firstWrongJar } from './kafka/kafka-jars.ts';

let root: string;
beforeEach(() => {
  root = path.join(mkdtempSync(path.join(os.tmpdir(), 'cache-')), 'new');
});

test('fills a folder once, and a failed fill leaves nothing behind', async () => {
  const fail = fillOnce('kafka', () => Promise.reject(new Error('network')), root);
  await expect(fail).rejects.toThrow('network');
  expect([readdirSync(root), isCached('kafka', root)]).toEqual([[], false]);
  let fills = 0;
  const fill = async (folder: string): Promise<void> => {
    fills += 1;
    await writeFile(path.join(folder, 'a.jar'), 'x');
  };
  const folder = await fillOnce('kafka', fill, root);
  expect(await fillOnce('kafka', fill, root)).toBe(folder);
  expect([fills, isCached('kafka', root)]).toEqual([1, true]);
});

test('set-ups at the same time leave one whole folder', async () => {
  const fill = async (folder: string): Promise<void> => {
    for (const name of ['a', 'b', 'c']) await writeFile(path.join(folder, name), folder);
  };
  const folders = await Promise.all(Array.from({ length: 8 }, () => fillOnce('kafka', fill, root)));
  expect(new Set(folders).size).toBe(1);
  const written = ['a', 'b', 'c'].map((name) => readFileSync(path.join(folders[0] ?? '', name), 'utf8'));
  expect(new Set(written).size).toBe(1);
  expect(readdirSync(root)).toEqual(['kafka']);
});

test('a folder without its mark is filled anew', async () => {
  mkdirSync(path.join(root, 'kafka'), { recursive: true });
  writeFileSync(path.join(root, 'kafka', 'half.jar'), '');
  const folder = await fillOnce('kafka', (draft) => writeFile(path.join(draft, 'whole.jar'), ''), root);
  expect(readdirSync(folder).toSorted()).toEqual(['.complete', 'whole.jar']);
});

test('names a jar that is missing, changed or not on the list', async () => {
  mkdirSync(root);
  writeFileSync(path.join(root, 'a.jar'), 'a');
  const list = `${await sha256OfFile(path.join(root, 'a.jar'))}  a.jar\n`;
  expect(await firstWrongJar(root, list)).toBeUndefined();
  expect(await firstWrongJar(root, `${list}${'0'.repeat(64)}  b.jar\n`)).toBe('b.jar');
  writeFileSync(path.join(root, 'c.jar'), 'c');
  expect(await firstWrongJar(root, list)).toBe('c.jar');
  writeFileSync(path.join(root, 'a.jar'), 'changed');
  expect(await firstWrongJar(root, `${list}${await sha256OfFile(path.join(root, 'c.jar'))}  c.jar`)).toBe(
    'a.jar',
  );
});
