import type { RedisEntry } from './recording.ts';

/** How far a reader says it has folded, beside its data: a place in a journal partition. */
export interface StoredPosition {
  readonly offset: number;
  readonly seq: number;
  readonly writer: string | null;
}

/** A view's position hash; null if a field is missing or no number. */
export function parseViewPosition(
  entry: RedisEntry,
): (StoredPosition & { readonly cause: number; readonly atMs: number }) | null {
  if (entry.value.is !== 'hash') return null;
  const { offset, seq, writer, cause, atMs } = entry.value.fields;
  const numbers = [offset, seq, cause, atMs].map((text) =>
    text === undefined || text === '' ? Number.NaN : Number(text),
  );
  if (writer === undefined || !numbers.every(Number.isSafeInteger)) return null;
  const [o = 0, s = 0, c = 0, a = 0] = numbers;
  return { offset: o, seq: s, writer: writer === '' ? null : writer, cause: c, atMs: a };
}
