import { isSamePosition, type JournalPosition } from '../../schemas/accept-journal-record.ts';

/** Documents a view has written lately, so that the next batch need not ask for them again. */
export interface DocumentCache<V> {
  /** The document as it stands at this position of the view; undefined where it is not known. */
  get(partition: number, at: JournalPosition, key: string): V | undefined;
  /** Documents that were written with the step `from` → `to`; those touched longest ago go when there are too many. */
  keep(
    partition: number,
    from: JournalPosition,
    to: JournalPosition,
    documents: ReadonlyMap<string, V>,
  ): void;
}

/**
 * What it holds is true of one position of each partition, and is used at that one alone: whoever else has written
 * the partition has moved it, and the compare of the write finds out (DESIGN §4). `documentsMax` counts for each
 * partition.
 */
export function createDocumentCache<V>(documentsMax: number): DocumentCache<V> {
  const partitions = new Map<number, { at: JournalPosition; readonly documents: Map<string, V> }>();
  return {
    get(partition, at, key) {
      const kept = partitions.get(partition);
      return kept && isSamePosition(kept.at, at) ? kept.documents.get(key) : undefined;
    },
    keep(partition, from, to, written) {
      let kept = partitions.get(partition);
      if (!kept || !isSamePosition(kept.at, from)) kept = { at: to, documents: new Map() };
      kept.at = to;
      partitions.set(partition, kept);
      const { documents } = kept;
      for (const [key, document] of written) {
        documents.delete(key); // a Map keeps the order of insertion: the first is the oldest
        documents.set(key, document);
      }
      for (const key of documents.keys()) {
        if (documents.size <= documentsMax) break;
        documents.delete(key);
      }
    },
  };
}
