import type { Append } from '../../infra/clients/log.ts';
import type { FatalFault } from './faults.ts';
import type { Slice } from './process-slice.ts';
import type { TakenSnapshot } from './snapshotter.ts';

export type SnapshotHappening =
  | ({ readonly is: 'taken' } & TakenSnapshot)
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'unusable'; readonly why: string };

/** What happens in a processor, for logs, metrics and alarms. One function a happening; none may throw. */
export interface RuntimeObserver {
  /** A slice was decided, appended and checked. */
  sliceDone(
    partition: number,
    slice: Slice,
    times: { readonly decideMs: number; readonly appendMs: number },
  ): void;
  tookOver(
    partition: number,
    took: {
      readonly durationMs: number;
      readonly events: number;
      readonly resent: number;
      /** Last event in the snapshot it began from; 0 for the journal's start. */
      readonly fromSeq: number;
      /** Aggregates and archived ids in it, and how long it took to find and load it. */
      readonly fromEntries: number;
      readonly loadMs: number;
      /** Journal records read. */
      readonly recordsRead: number;
    },
  ): void;
  /** A snapshot was taken, could not be, or was passed over by a take-over. None of them concerns the books. */
  snapshot(partition: number, happened: SnapshotHappening): void;
  /** Records in our journal that count for nobody: a zombie wrote, or a copy came late. */
  sawVoidRecords(partition: number, count: number): void;
  /** An append whose outcome is not known; the same bytes go again. */
  appendUnknown(append: Append, error: Error, times: number): void;
  /** The partition waits for something that is nobody's fault here. */
  waiting(partition: number, why: string): void;
  lostOwnership(partition: number, why: string): void;
  /** Somebody has to look: the partition stopped, or (`clock-jump`) waits for its clock. */
  page(
    partition: number,
    alarm: FatalFault | { readonly kind: 'clock-jump'; readonly message: string },
  ): void;
  /** The process cannot go on. */
  crashed(error: Error): void;
}
