/** Documents a view has written lately, so that the next batch need not ask for them again. */
export interface DocumentCache<V> {
  get(partition: number, key: string): V | undefined;
  /** Keeps what was just written; the documents touched longest ago go when there are too many. */
  keep(partition: number, documents: ReadonlyMap<string, V>): void;
  /** The partition's documents may be others by now. */
  forget(partition: number): void;
}

/**
 * A document in it is the stored one only as long as nobody else writes the partition: whoever uses it compares the
 * stored position in the same call that writes, and forgets the partition whenever that fails or stays unknown.
 * `documentsMax` counts for each partition.
 */
export function createDocumentCache<V>(documentsMax: number): DocumentCache<V> {
  const partitions = new Map<number, Map<string, V>>();
  return {
    get: (partition, key) => partitions.get(partition)?.get(key),
    keep(partition, documents) {
      const kept = partitions.get(partition) ?? new Map<string, V>();
      partitions.set(partition, kept);
      for (const [key, document] of documents) {
        kept.delete(key); // a Map keeps the order of insertion: the first is the oldest
        kept.set(key, document);
      }
      for (const key of kept.keys()) {
        if (kept.size <= documentsMax) break;
        kept.delete(key);
      }
    },
    forget: (partition) => void partitions.delete(partition),
  };
}
