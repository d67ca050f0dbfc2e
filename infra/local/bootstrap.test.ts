import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root, whyInstall } from './bootstrap.js';

const folderWith = (wanted: object, installed?: object): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bootstrap-'));
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  mkdirSync(path.join(folder, 'node_modules'));
  if (installed !== undefined) {
    writeFileSync(
      path.join(folder, 'node_modules/.package-lock.json'),
      JSON.stringify({ packages: installed }),
    );
  }
  return folder;
};
const zod = (version: string) => ({ 'node_modules/zod': { version, integrity: `sha-${version}` } });

test('what is installed as the lockfile says needs no npm ci', () => {
  expect(whyInstall(folderWith(zod('4.0.0'), zod('4.0.0')))).toBeUndefined();
});

test('a package for another platform may be absent', () => {
  const wanted = {
    ...zod('4.0.0'),
    'node_modules/@chdb/lib-darwin-x64': { version: '3.4.0', optional: true },
  };
  expect(whyInstall(folderWith(wanted, zod('4.0.0')))).toBeUndefined();
});

test.each([
  ['nothing is installed', undefined, 'nothing is installed yet'],
  ['a package is missing', {}, 'node_modules/zod is missing'],
  ['a package has another version', zod('3.0.0'), 'node_modules/zod is another version'],
  [
    'a package is no longer in the lockfile',
    { ...zod('4.0.0'), 'node_modules/x': { version: '1.0.0' } },
    'node_modules/x is no longer wanted',
  ],
])('npm ci runs when %s', (_, installed, why) => {
  expect(whyInstall(folderWith(zod('4.0.0'), installed))).toBe(why);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s to the wrapper alone reaches what runs under it',
  async (signal) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'bootstrap-'));
    const inner = path.join(folder, 'inner.mjs');
    writeFileSync(
      inner,
      `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000); console.log('up');`,
    );
    const outer = `import { runUnderOwnNode } from '${path.join(root, 'infra/local/bootstrap.js')}';
      runUnderOwnNode('${path.relative(root, inner)}', []);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', outer]);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([42, null]);
  },
);

test.each(['start', 'test'])(
  'the shell of npm %s gives way to it, so that the signals npm passes on arrive',
  (name) => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(scripts[name]).toMatch(/^exec node /);
  },
);
