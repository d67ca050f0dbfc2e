import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';

export interface OffsetEvent {
  readonly offset: bigint;
  readonly event: EventEnvelope<Body>;
}

/** What the end of a journal says of its processor. */
export interface JournalTail {
  readonly position: JournalPosition;
  /** Highest inbox offset that was decided, -1 before the first. */
  readonly highestCause: number;
}

export const emptyJournal: JournalTail = { position: journalStart, highestCause: -1 };

/** Reads on from a known tail. */
export function readOn(from: JournalTail, records: readonly OffsetEvent[]): JournalTail {
  let { position, highestCause } = from;
  for (const { offset, event } of records) {
    const next = acceptJournalRecord(position, offset, event);
    if (next === null) continue;
    position = next;
    if (event.body.type !== 'Barrier') highestCause = Math.max(highestCause, event.cause.offset);
  }
  return { position, highestCause };
}

/**
 * The tail by a journal's last records alone, without all that stands before them; null if they cannot tell, which a
 * longer stretch may. Which writer is valid at their beginning is not known, unless one writer alone wrote up to the
 * next Barrier. (All of a stretch can be a zombie's only if it is shorter than a few slices.)
 */
export function tailOf(records: readonly OffsetEvent[]): JournalTail | null {
  const barrier = records.findIndex(({ event }) => event.body.type === 'Barrier');
  const before = barrier === -1 ? records : records.slice(0, barrier);
  const [first] = before;
  if (first === undefined || new Set(before.map(({ event }) => event.writer)).size !== 1) return null;
  const { writer, seq } = first.event;
  const from = { position: { offset: first.offset - 1n, seq: seq - 1, writer }, highestCause: -1 };
  return readOn(from, records);
}
