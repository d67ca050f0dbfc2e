import { afterEach, expect, test, vi } from 'vitest';
import { freshKey } from './fresh-key.ts';

afterEach(() => void vi.unstubAllGlobals());

/** What a page has that came over http from another machine: no `randomUUID`. */
const insecure = (bytes: (array: Uint8Array) => Uint8Array): void =>
  void vi.stubGlobal('crypto', { getRandomValues: bytes });

test('a key is a UUID of version 4 where the context is not secure, and another one each time', () => {
  const real = globalThis.crypto;
  insecure((array) => real.getRandomValues(array as Uint8Array<ArrayBuffer>));
  const keys = Array.from({ length: 100 }, freshKey);
  for (const key of keys)
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(keys).size).toBe(100);
});

test.each([
  [0x00, '00000000-0000-4000-8000-000000000000'],
  [0xff, 'ffffffff-ffff-4fff-bfff-ffffffffffff'],
])('every other bit is as it was drawn: %s', (byte, key) => {
  insecure((array) => array.fill(byte));
  expect(freshKey()).toBe(key);
});
