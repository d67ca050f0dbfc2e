import { expect, test } from 'vitest';
import { murmur2, partitionOf, tickKeyOf } from './murmur2.ts';

/** From `org.apache.kafka.common.utils.Utils` of kafka-clients 4.3.1: hash, and partition of 12. */
test.each([
  ['', 275646681, 9],
  ['a', -1563381124, 4],
  ['21', -973932308, 0],
  ['abc', 479470107, 3],
  ['foobar', -790332482, 6],
  ['demo/85123A', -895899874, 10],
  ['o-0123456789ABCDEFGHJKMNPQRS', -241846272, 8],
  ['tick:7', 544368058, 10],
  ['café', -1358007374, 6],
  ['😀', 131881617, 9],
  ['a-little-bit-long-string', -985981536, 8],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 5],
])('hashes %j as Java does', (key, hash, partition) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
  expect(partitionOf(key, 12)).toBe(partition);
  expect(partitionOf(Buffer.from(key), 12)).toBe(partition);
});

test.each([63, 64, 65, 200])('a key of %i characters falls where its bytes do', (length) => {
  for (const last of ['z', 'é', '😀']) {
    const key = `${'k'.repeat(length - 1)}${last}`;
    expect(partitionOf(key, 1_000_003)).toBe(partitionOf(Buffer.from(key), 1_000_003));
  }
});

test('hashes bytes above 127 as Java does, whose bytes are signed', () => {
  expect(murmur2(Uint8Array.of(0xff, 0xfe, 0, 0x80, 1, 2, 3))).toBe(-923571155);
});

test.each([1, 4, 6, 24])(
  'finds for each of %i partitions the smallest tick key that falls on it',
  (partitions) => {
    for (let partition = 0; partition < partitions; partition += 1) {
      const key = tickKeyOf(partition, partitions);
      const n = Number(key.replace('tick:', ''));
      expect(partitionOf(key, partitions)).toBe(partition);
      for (let smaller = 0; smaller < n; smaller += 1)
        expect(partitionOf(`tick:${smaller}`, partitions)).not.toBe(partition);
    }
  },
);
