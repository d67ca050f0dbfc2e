/**
 * Java's `Utils.murmur2` (Apache Kafka clients, seed 0x9747b28c), as a signed 32-bit integer.
 * The default partitioner of every Kafka client we share topics with is built on it.
 */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = bytes.length;
  const at = (i: number): number => bytes[i] ?? 0;
  let h = 0x9747b28c ^ length;
  const words = length >> 2;
  for (let i = 0; i < words; i += 1) {
    const j = i * 4;
    let k = at(j) | (at(j + 1) << 8) | (at(j + 2) << 16) | (at(j + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const tail = words * 4;
  const left = length - tail;
  if (left >= 3) h ^= at(tail + 2) << 16;
  if (left >= 2) h ^= at(tail + 1) << 8;
  if (left >= 1) h = Math.imul(h ^ at(tail), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** The partition of a record key: Java's DefaultPartitioner, `toPositive(murmur2(key)) % partitions`. */
export function partitionOf(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

/** The key of a Tick for a partition: `tick:<n>`, the smallest n that falls on it (messages §1). */
export function tickKeyOf(partition: number, partitions: number): string {
  for (let n = 0; ; n += 1) {
    const key = `tick:${n}`;
    if (partitionOf(key, partitions) === partition) return key;
  }
}
