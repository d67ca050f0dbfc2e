import type { AnyEvent } from './recording.ts';

/** The auditor's own place in a journal: the owner in force, by its Barrier, and the number it must give next. */
export interface Reader {
  readonly owner: string | null;
  readonly nextSeq: number;
}

export const readerAtStart: Reader = { owner: null, nextSeq: 1 };

/**
 * The auditor's own version of `acceptJournalRecord`, written from DESIGN §3 and not from that function: the two
 * are compared on every record. A Barrier counts if it names the owner in force (none at first) as the one it
 * follows, and brings a new one. Any other record counts if the owner in force wrote it with the next number.
 * Returns the next place, or null for a void record.
 */
export function readOn(reader: Reader, event: AnyEvent): Reader | null {
  const { body } = event;
  if (body.type === 'Barrier') {
    const takesOver = body.follows === reader.owner && body.writer !== reader.owner;
    return takesOver ? { ...reader, owner: body.writer } : null;
  }
  const isByOwner = reader.owner !== null && event.writer === reader.owner;
  return isByOwner && event.seq === reader.nextSeq ? { ...reader, nextSeq: reader.nextSeq + 1 } : null;
}
