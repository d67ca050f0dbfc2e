import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
});
const pages = listed
  .trim()
  .split('\n')
  // the design names what later releases bring too
  .filter((file) => existsSync(join(root, file)) && !file.startsWith('docs/design/'));
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** A path of the repository between backticks; `<word>` and `*` stand for any name. */
const named = /`((?:\.ci|api|docs|infra|processors|producers|schemas|sinks)\/[^`\s]*)`/g;
const link = /\]\((?!https?:|mailto:|#)([^)#\s]+)/g;

const exists = (path: string): boolean => {
  const pattern = path.replaceAll(/<[^>]*>/g, '*').replace(/\/$/, '');
  return pattern.includes('*')
    ? globSync(pattern, { cwd: root }).length > 0
    : existsSync(join(root, pattern));
};

test('every path that a page names or links to exists', () => {
  const paths = pages.flatMap((page) => [
    ...[...textOf(page).matchAll(named)].map(([, path = '']) => ({ page, path })),
    ...[...textOf(page).matchAll(link)].map(([, path = '']) => ({ page, path: join(dirname(page), path) })),
  ]);
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.filter(({ path }) => !exists(path))).toEqual([]);
});

test('every name the source tour gives for a file stands in that file', () => {
  const stops = [...textOf('docs/source-tour.md').matchAll(/^- \[[^\]]*\]\(\.\.\/([^)]+)\) – (.*)$/gm)];
  const names = stops.flatMap(([, file = '', told = '']) =>
    [...told.matchAll(/`([A-Za-z]\w*)`/g)].map(([, name = '']) => ({ file, name })),
  );
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter(({ file, name }) => !new RegExp(`\\b${name}\\b`).test(textOf(file)))).toEqual([]);
});
