import { expect, test } from 'vitest';
import { PackedIds } from './packed-ids.ts';

const idsOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

test('knows what was added and nothing else, also beyond its first size', () => {
  const ids = new PackedIds();
  for (const id of [...idsOf('a', 5_000), ...idsOf('a', 5_000)]) ids.add(id);
  expect(ids.size).toBe(5_000);
  expect(idsOf('a', 5_000).every((id) => ids.has(id))).toBe(true);
  expect(idsOf('b', 5_000).some((id) => ids.has(id))).toBe(false);
});

test.each([3, 2_000])('what is frozen is what it held, 8 bytes each, while %s more are added', (more) => {
  const ids = new PackedIds();
  for (const id of idsOf('a', 1_000)) ids.add(id);
  const frozen = ids.freeze();
  const pages = [frozen.next(300)];
  for (const id of idsOf('late', more)) ids.add(id);
  for (let page = frozen.next(300); page !== null; page = frozen.next(300)) pages.push(page);
  frozen.thaw();
  const bytes = Buffer.concat(pages.flatMap((page) => page ?? []));
  expect([frozen.size, bytes.length]).toEqual([1_000, 8_000]);
  const loaded = new PackedIds();
  expect(loaded.load(bytes)).toBe(1_000);
  expect(idsOf('a', 1_000).every((id) => loaded.has(id))).toBe(true);
  expect(idsOf('late', more).some((id) => loaded.has(id))).toBe(false);
  expect(idsOf('late', more).every((id) => ids.has(id))).toBe(true);
});

test('a page takes room for what there is, not for all that was asked for', () => {
  const ids = new PackedIds();
  for (const id of idsOf('a', 1_000)) ids.add(id);
  const page = ids.freeze().next(1_000_000);
  expect([page?.length, (page?.buffer.byteLength ?? 0) <= Math.max(8_000, Buffer.poolSize)]).toEqual([
    8_000,
    true,
  ]);
});

test('refuses bytes that are no hashes', () => {
  expect(() => new PackedIds().load(Buffer.alloc(12))).toThrow(RangeError);
});
