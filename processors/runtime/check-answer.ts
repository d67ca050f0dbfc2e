import { acceptJournalRecord, type JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { OutgoingRecord } from '../../infra/clients/log.ts';
import { FatalFault, LostOwnership } from './faults.ts';

/** A slice as it was appended, and what its owner knew of the journal before. */
export interface AppendedSlice {
  readonly writer: string;
  readonly firstSeq: number;
  readonly records: readonly OutgoingRecord[];
  /** The journal's last valid record before the slice. */
  readonly position: JournalPosition;
  /** Where the slice had to stand: the end of the journal as far as it was known. */
  readonly expected: bigint;
  /** Where the acknowledged copy stands. */
  readonly base: bigint;
}

/** Compares where the slice stands with where it had to. `gap`: read what is between, then a `GapJudge`. */
export function judgeBase(slice: Pick<AppendedSlice, 'expected' | 'base'>): 'expected' | 'gap' {
  if (slice.base === slice.expected) return 'expected';
  if (slice.base > slice.expected) return 'gap';
  throw new FatalFault(
    'journal-short',
    `the journal gave offset ${slice.base} where it held ${slice.expected} records before: acknowledged data is gone`,
  );
}

/** One record between the expected base and the real one. */
export interface GapRecord {
  readonly offset: bigint;
  readonly value: Buffer | null;
  readonly event: EventEnvelope<Body>;
}

/**
 * Judges the gap record by record, then the acknowledged copy: `finish` gives the position after it.
 * Own earlier copies are the slice itself, come early; void records of others do no harm; a newer valid Barrier
 * means that the slice may be void (LostOwnership). Anything else cannot be (FatalFault).
 */
export class GapJudge {
  private readonly slice: AppendedSlice;
  private position: JournalPosition;
  /** Records that no reader will count. */
  voidRecords = 0;

  constructor(slice: AppendedSlice) {
    this.slice = slice;
    this.position = slice.position;
  }

  add({ offset, value, event }: GapRecord): void {
    const next = acceptJournalRecord(this.position, offset, event);
    if (next === null) {
      this.voidRecords += 1;
      return;
    }
    this.position = next;
    if (event.body.type === 'Barrier') {
      throw new LostOwnership(`${event.writer} owns the partition since offset ${offset}`);
    }
    const own = this.slice.records[event.seq - this.slice.firstSeq];
    if (own === undefined || value === null || !own.value.equals(value)) {
      throw new FatalFault(
        'impossible',
        `offset ${offset} holds event ${event.seq} in our name, and it is not ours`,
      );
    }
  }

  finish(): JournalPosition {
    const { records, firstSeq, writer, base } = this.slice;
    const lastSeq = firstSeq + records.length - 1;
    if (this.position.seq === lastSeq) {
      this.voidRecords += records.length;
      return this.position;
    }
    if (this.position.seq !== firstSeq - 1) {
      throw new FatalFault(
        'impossible',
        `a part of a batch stands before offset ${base}: up to event ${this.position.seq}`,
      );
    }
    return { offset: base + BigInt(records.length - 1), seq: lastSeq, writer };
  }
}
