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
  let isSeqKnown = true;
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
        const found = positionAt(offset, event, start);
        if (offset !== start.offset || ('seq' in start && !isSamePosition(found, start))) {
          throw new LineageBroken(
            start,
            `stands seq ${found.seq} of writer ${found.writer} at offset ${offset}`,
          );
        }
        isVerified = true;
        isSeqKnown = 'seq' in start || event.body.type !== 'Barrier';
        position = found;
        return null;
      }
      if (!isSeqKnown && event.body.type !== 'Barrier' && event.writer === position.writer) {
        isSeqKnown = true;
        position = { ...position, seq: event.seq - 1 };
      }
      const next = acceptJournalRecord(position, offset, event);
      if (next === null) return null;
      position = next;
      return { position, key, event };
    },
  };
}

/**
 * The position after a record that is valid. A Barrier names its writer in its body, and its seq is only what that
 * writer had read: an older owner's last batch may stand valid between. So a stored seq is believed there; where none is
 * stored, the first record of the Barrier's writer tells it (`isSeqKnown`), for it is valid whatever came before.
 */
function positionAt(
  offset: bigint,
  { seq, writer, body }: EventEnvelope<Body>,
  start: JournalPosition | ValidRecordAt,
): JournalPosition {
  if (body.type !== 'Barrier' || !('writer' in body)) return { offset, seq, writer };
  return { offset, seq: 'seq' in start ? start.seq : seq, writer: String(body.writer) };
}
