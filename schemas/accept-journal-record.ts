import type { Body, EventEnvelope } from './envelope.ts';

/**
 * A reader's place in a journal partition: its last accepted record, a Barrier too (DESIGN §3).
 * `seq` is the last valid one, 0 in an empty journal; `writer` the one named by the last valid Barrier.
 */
export interface JournalPosition {
  readonly offset: bigint;
  readonly seq: number;
  readonly writer: string | null;
}

/** The place before the first record of a journal. */
export const journalStart: JournalPosition = { offset: -1n, seq: 0, writer: null };

/** Offset, seq and writer are equal: the same record of the same journal. */
export const isSamePosition = (a: JournalPosition, b: JournalPosition): boolean =>
  a.offset === b.offset && a.seq === b.seq && a.writer === b.writer;

/**
 * The one rule by which everybody reads a journal: a record is valid iff its writer is the one named by
 * the last valid Barrier before it and its seq is the next; a Barrier is valid iff it follows that Barrier.
 *
 * Returns the reader's new position, or null if the record is void (a zombie's, or a second copy).
 * A void record leaves the position where it is. A Barrier takes no seq.
 */
export function acceptJournalRecord(
  position: JournalPosition,
  offset: bigint,
  event: EventEnvelope<Body>,
): JournalPosition | null {
  if (isBarrier(event.body)) {
    if (event.body.follows !== position.writer || event.body.writer === position.writer) return null;
    return { offset, seq: position.seq, writer: event.body.writer };
  }
  if (position.writer === null || event.writer !== position.writer) return null;
  if (event.seq !== position.seq + 1) return null;
  return { offset, seq: event.seq, writer: event.writer };
}

function isBarrier(body: Body): body is { type: 'Barrier'; writer: string; follows: string | null } {
  return body.type === 'Barrier';
}
