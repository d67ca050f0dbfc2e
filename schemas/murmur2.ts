/**
 * Java's `Utils.murmur2` (Apache Kafka clients, seed 0x9747b28c), as a signed 32-bit integer.
 * The default partitioner of every Kafka client we share topics with is built on it. `length`: of the first bytes alone.
 */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  const m = 0x5bd1e995;
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
  if (typeof key !== 'string') return partitionOfHash(murmur2(key), partitions);
  const length = intoScratch(key);
  const hash = length === null ? murmur2(Buffer.from(key)) : murmur2(scratch, length);
  return partitionOfHash(hash, partitions);
}

const partitionOfHash = (hash: number, partitions: number): number => (hash & 0x7fffffff) % partitions;

/** Ids and SKUs are short and ASCII: a buffer for each would cost more than their hash. */
const scratch = new Uint8Array(64);

/** Writes the key's UTF-8 and returns its length in bytes; null for a key that is long or not ASCII. */
function intoScratch(key: string): number | null {
  const { length } = key;
  if (length > scratch.length) return null;
  for (let i = 0; i < length; i += 1) {
    const code = key.charCodeAt(i);
    if (code > 127) return null;
    scratch[i] = code;
  }
  return length;
}

/** The key of a Tick for a partition: `tick:<n>`, the smallest n that falls on it (messages §1). */
export function tickKeyOf(partition: number, partitions: number): string {
  for (let n = 0; ; n += 1) {
    const key = `tick:${n}`;
    if (partitionOf(key, partitions) === partition) return key;
  }
}
