import { expect, test } from 'vitest';
import { missingPlatforms, platformOf, readLockfile } from './complete-lockfile.ts';

test('the lockfile names the packages of every platform (else: node infra/local/complete-lockfile.ts)', () => {
  expect(Object.keys(readLockfile().packages).length).toBeGreaterThan(100);
  expect(Object.keys(missingPlatforms(readLockfile()))).toEqual([]);
});

test('the lockfile names no registry: a mirror of one machine is no business of another', () => {
  const hosts = Object.values(readLockfile().packages).flatMap(({ resolved }) =>
    typeof resolved === 'string' ? [new URL(resolved).host] : [],
  );
  expect(hosts).toEqual([]);
});

test.each([
  ['@oxlint/binding-linux-arm-musleabihf', { cpu: ['arm'], libc: ['musl'], os: ['linux'] }],
  ['@oxlint/binding-openharmony-arm64', { cpu: ['arm64'], os: ['openharmony'] }],
  ['@oxlint/binding-win32-x64-msvc', { cpu: ['x64'], os: ['win32'] }],
  ['@chdb/lib-linux-arm64-gnu', { cpu: ['arm64'], libc: ['glibc'], os: ['linux'] }],
  ['@biomejs/cli-darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
])('reads the platform of %s', (name, platform) => {
  expect(platformOf(name)).toEqual(platform);
});

test('finds a platform package that the lockfile leaves out', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/x': {
        dev: true,
        optionalDependencies: { 'x-linux-x64-gnu': '1.2.3', 'x-darwin-arm64': '1.2.3' },
      },
      'node_modules/x-linux-x64-gnu': { version: '1.2.3' },
    },
  };
  expect(missingPlatforms(lock)).toEqual({
    'node_modules/x-darwin-arm64': {
      version: '1.2.3',
      cpu: ['arm64'],
      os: ['darwin'],
      dev: true,
      optional: true,
    },
  });
});
