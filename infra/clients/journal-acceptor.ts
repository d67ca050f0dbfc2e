import {
  acceptJournalRecord,
  isSamePosition,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';

/** A valid record of a journal, a Barrier too, and the reader's position after it. */
export interface AcceptedEvent<B extends Body> {
  readonly position: JournalPosition;
  /** Record key: the aggregate; null on Barriers and watermarks. */
  readonly key: string | null;
  readonly event: EventEnvelope<B>;
}

/**
 * A place known by its offset alone, where the record is known to be valid: a group's committed offset, which its
 * members set behind valid records only. The record itself gives the rest of the position.
 */
export interface ValidRecordAt {
  readonly offset: bigint;
  readonly isValid: true;
}

/** The stored position is not one of this journal: it lost its tail and grew again, or is another (topic-journal-13). */
export class LineageBroken extends Error {
  readonly stored: JournalPosition | ValidRecordAt;
  constructor(stored: JournalPosition | ValidRecordAt, found: string) {
    const wanted = 'seq' in stored ? `seq ${stored.seq} of writer ${stored.writer}` : 'a valid record';
    super(`the stored position says ${wanted} stands at offset ${stored.offset}, but there ${found}`);
    this.name = 'LineageBroken';
    this.stored = stored;
  }
}

export interface JournalAcceptor<B extends Body> {
  /** Where to start reading: at the record the position names, which is compared, or at the journal's first. */
  readonly readFrom: bigint;
  /** The place of the last accepted record. */
  readonly position: JournalPosition;
  /** The stored position was found to be one of this journal's. */
  readonly isVerified: boolean;
  /** Null for a void record, and for the one the position names. Throws LineageBroken where that is another. */
  take(offset: bigint, key: string | null, event: EventEnvelope<B>): AcceptedEvent<B> | null;
}

/** Reads on from a stored position by the one rule for journals (DESIGN §3), after it was compared with the log. */
export function createJournalAcceptor<B extends Body>(
  start: JournalPosition | ValidRecordAt,
): JournalAcceptor<B> {
  const isStart = start.offset < 0n;
  let position: JournalPosition = 'seq' in start ? start : journalStart;
  let isVerified = isStart;
  return {
    readFrom: isStart ? 0n : start.offset,
    get position() {
      return position;
    },
    get isVerified() {
      return isVerified;
    },
    take(offset, key, event) {
      if (!isVerified) {
        const found = positionAt(offset, event);
        if (offset !== start.offset || ('seq' in start && !isSamePosition(found, start))) {
          throw new LineageBroken(
            start,
            `stands seq ${found.seq} of writer ${found.writer} at offset ${offset}`,
          );
        }
        isVerified = true;
        position = found;
        return null;
      }
      const next = acceptJournalRecord(position, offset, event);
      if (next === null) return null;
      position = next;
      return { position, key, event };
    },
  };
}

/** The position after a record that is valid: a Barrier names its writer in its body. */
function positionAt(offset: bigint, { seq, writer, body }: EventEnvelope<Body>): JournalPosition {
  const named = body.type === 'Barrier' && 'writer' in body ? body.writer : writer;
  return { offset, seq, writer: typeof named === 'string' ? named : writer };
}
