import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { ViewPosition } from './batch-plan.ts';
import type { ViewUpdate } from './view-update.ts';

/** The fields of a position hash as they are stored, in this order; null where one is absent. */
export const positionFields = ['offset', 'seq', 'writer', 'cause', 'atMs'] as const;
export type StoredFields = readonly (string | null)[];

/** One batch for one partition of a view. Its updates stay within the partition's keys. */
export interface StoreBatch {
  readonly positionKey: string;
  /** Applied only if this position is the stored one. */
  readonly from: JournalPosition;
  readonly next: ViewPosition;
  readonly updates: readonly ViewUpdate[];
  /** Entries a stream keeps. */
  readonly streamEventsMax: number;
}

/**
 * What a view asks of the store it stands in; each call is one step, all or nothing. A rejection leaves open whether
 * the step was done: it may have been, and may still be. `redis-view-store.ts` speaks to Redis; the simulator's
 * store is the other, and both pass `testing/view-store.contract.ts`.
 */
export interface ViewStore {
  readPosition(positionKey: string): Promise<StoredFields>;
  /** Position and documents of one moment; null for a key that is absent. */
  readDocuments(
    positionKey: string,
    keys: readonly string[],
  ): Promise<{ readonly stored: StoredFields; readonly documents: readonly (string | null)[] }>;
  /** Applies all updates and then the position; false, and nothing is changed, if another position is stored. */
  apply(batch: StoreBatch): Promise<boolean>;
  /** Puts the token in place of the position if that is still as `seen`; false, and nothing is changed, if not. */
  beginWipe(positionKey: string, seen: StoredFields, token: string): Promise<boolean>;
  /** Some keys of a pattern (SCAN's); `'0'` begins, and as the next cursor ends. A key may come more than once. */
  scan(
    pattern: string,
    cursor: string,
  ): Promise<{ readonly cursor: string; readonly keys: readonly string[] }>;
  /** Removes keys, but never the position; false, and nothing is changed, if the token stands there no more. */
  wipeKeys(positionKey: string, keys: readonly string[], token: string): Promise<boolean>;
  /** Sets the position in place of the token; false if the token stands there no more. */
  endWipe(positionKey: string, token: string, next: ViewPosition): Promise<boolean>;
}

/** `offset`, `seq`, `writer` as stored: what a batch is compared by. */
export const lineageOf = ({ offset, seq, writer }: JournalPosition): readonly string[] => [
  String(offset),
  String(seq),
  writer ?? '',
];

/** All fields as stored. */
export const fieldsOf = (at: ViewPosition): readonly string[] => [
  ...lineageOf(at),
  String(at.cause),
  String(at.atMs),
];

/** Null unless all five are there: being emptied, or never written. */
export function parsePosition([offset, seq, writer, cause, atMs]: StoredFields): ViewPosition | null {
  if (offset == null || seq == null || writer == null || cause == null || atMs == null) return null;
  return {
    offset: BigInt(offset),
    seq: Number(seq),
    writer: writer === '' ? null : writer,
    cause: Number(cause),
    atMs: Number(atMs),
  };
}
