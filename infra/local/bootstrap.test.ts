import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { whyInstall } from './bootstrap.js';

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
