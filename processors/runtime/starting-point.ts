import { type JournalPosition, journalStart } from '../../schemas/accept-journal-record.ts';
import { createFold, type Fold } from './fold.ts';

/** Where a take-over begins to read the journal, with the fold up to there. */
export interface StartingPoint<S> {
  readonly fold: Fold<S>;
  readonly position: JournalPosition;
  /** All messages of events up to this number were acknowledged when the fold was kept. */
  readonly routedThrough: number;
}

/** The journal's start. Snapshots will offer a later point, never a different fold. */
export function startingPoint<S>(): StartingPoint<S> {
  return { fold: createFold<S>(), position: journalStart, routedThrough: 0 };
}
