import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { classArchive } from './class-archive.ts';

let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'classes-'));
  root = path.join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A Java of so many bytes; the folder to search it in. */
function javaOf(name: string, bytes: number): string {
  const home = path.join(folder, name);
  for (const part of ['bin', 'lib/server']) mkdirSync(path.join(home, part), { recursive: true });
  writeFileSync(path.join(home, 'bin/java'), '');
  writeFileSync(path.join(home, 'lib/server/libjvm.so'), 'x'.repeat(bytes));
  return `/nowhere:${path.join(home, 'bin')}`;
}

const written = ({ args }: { readonly args: readonly string[] }): string => {
  const draft = /^-XX:ArchiveClassesAtExit=(.*)$/.exec(args[0] ?? '')?.[1] ?? '';
  writeFileSync(draft, 'classes');
  return draft;
};
const isRead = ({ args }: { readonly args: readonly string[] }): boolean =>
  args[0]?.startsWith('-XX:SharedArchiveFile=') ?? false;

test('what a process wrote that ended in peace is read by the next ones', () => {
  const java = javaOf('jdk', 10);
  const first = classArchive('kafka-1', root, java);
  expect(isRead(first)).toBe(false);
  written(first);
  first.ended('exit code 143');
  const second = classArchive('kafka-1', root, java);
  expect(isRead(second)).toBe(true);
  second.ended('SIGKILL');
  expect(isRead(classArchive('kafka-1', root, java))).toBe(true);
  expect(isRead(classArchive('kafka-2', root, java))).toBe(false);
});

test.each(['SIGKILL', 'exit code 1', 'spawn java ENOENT'])(
  'of one that ended with %s nothing is kept',
  (how) => {
    const java = javaOf('jdk', 10);
    const first = classArchive('kafka-1', root, java);
    written(first);
    first.ended(how);
    expect(readdirSync(root)).toEqual([]);
    expect(isRead(classArchive('kafka-1', root, java))).toBe(false);
  },
);

test('where what was written cannot be kept, its process has ended all the same', () => {
  const java = javaOf('jdk', 10);
  const first = classArchive('kafka-1', root, java);
  const draft = written(first);
  // a folder in the place of the archive: it can neither be removed as a file nor renamed over
  mkdirSync(path.join(root, `${path.basename(draft).slice(1).split('-').slice(0, 3).join('-')}-x/y`), {
    recursive: true,
  });
  expect(() => first.ended('exit code 143')).not.toThrow();
  rmSync(root, { recursive: true });
  expect(() => first.ended('exit code 143')).not.toThrow();
});

test('another Java has another archive, and the old one goes', () => {
  const before = classArchive('kafka-1', root, javaOf('old', 10));
  written(before);
  before.ended('exit code 0');
  const java = javaOf('new', 11);
  const first = classArchive('kafka-1', root, java);
  expect(isRead(first)).toBe(false);
  written(first);
  first.ended('exit code 143');
  expect(readdirSync(root)).toHaveLength(1);
  expect(isRead(classArchive('kafka-1', root, java))).toBe(true);
});

test('an old draft that nobody heard the end of is removed, a young one may still be written', () => {
  const java = javaOf('jdk', 10);
  const old = written(classArchive('kafka-1', root, java));
  utimesSync(old, 0, 0);
  const young = path.join(root, '.classes-kafka-1-1-1.jsa');
  writeFileSync(young, '');
  classArchive('kafka-1', root, java);
  expect(readdirSync(root)).toEqual([path.basename(young)]);
});

test('without a Java that is known the engine starts as it is', () => {
  expect(classArchive('kafka-1', root, '/nowhere').args).toEqual([]);
  const java = javaOf('jdk', 10);
  rmSync(path.join(folder, 'jdk/lib'), { recursive: true });
  expect(classArchive('kafka-1', root, java).args).toEqual([]);
});
