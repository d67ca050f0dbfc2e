import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The list of `docs/design/domain.md` §8, number by number. */
const [, section = ''] = textOf('docs/design/domain.md').split(/^## 8\. .*$/m);
const listed = [...section.matchAll(/^(\d+)\. (.+)$/gm)].map(([, number, trap = '']) => ({
  number: Number(number),
  trap,
}));

/** `test('trap 3: …` or `describe('trap 3, …`, also behind the rows of an `each`. */
const title = /(?:\b(?:test|describe)(?:\.each(?:<[^>]*>)?)?|[\])`])\(\s*['"`]trap (\d+)[:,] /g;
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.test.ts'], {
  cwd: root,
  encoding: 'utf8',
});
const tested = new Set(
  files
    .trim()
    .split('\n')
    .flatMap((file) => [...textOf(file).matchAll(title)].map(([, number]) => Number(number))),
);

test('each trap of the domain has a test that is named after its number, and no test names another', () => {
  expect(listed.length).toBeGreaterThanOrEqual(40);
  expect(listed.map(({ number }) => number)).toEqual(listed.map((_, i) => i + 1));
  expect(listed.filter(({ number }) => !tested.has(number))).toEqual([]);
  expect([...tested].filter((number) => number > listed.length)).toEqual([]);
});
