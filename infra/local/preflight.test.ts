import { expect, test } from 'vitest';
import { downloadIn } from './maven.ts';
import { checkDisk, checkMemory, javaMajor } from './preflight.ts';
import { redisMajor } from './redis-program.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_402"', 8],
  ['openjdk version "21" 2023-09-19', 21],
  ['command not found', undefined],
])('reads Java from %j', (text, major) => {
  expect(javaMajor(text)).toBe(major);
});

test('reads redis-server --version', () => {
  expect(redisMajor('Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64')).toBe(7);
  expect(redisMajor('valkey 8')).toBeUndefined();
});

test('memory and disk below the need are one line each, with what was found, the need and a fix', () => {
  const gigabyte = 1024 ** 3;
  expect([checkMemory(3 * gigabyte).fault, checkDisk(2 * gigabyte, '/data').fault]).toEqual([
    undefined,
    undefined,
  ]);
  expect(checkMemory(3 * gigabyte - 1).fault?.message).toMatch(
    /^Only 3\.0 GB free of memory; the stack needs 3 GB\. Fix: [^\n]+$/,
  );
  expect(checkDisk(gigabyte, '/data').fault?.message).toMatch(
    /^Only 1\.0 GB free on the disk of \/data; the stack needs 2 GB\. Fix: .*MILLRACE_DATA_DIR/,
  );
});

test("reads Maven's progress, and nothing into its other lines", () => {
  expect(downloadIn('Progress (2): 12/142 MB | 1.1 MB')).toBe('12/142 MB | 1.1 MB');
  expect(downloadIn('Downloading from central: https://repo.maven.apache.org/maven2/x.jar')).toBeUndefined();
});
