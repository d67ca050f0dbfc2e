import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { MessagePair } from '../../schemas/source-mark.ts';
import { foldParking, type ParkedCommands } from './parked.ts';
import { Aggregates } from './aggregates.ts';
import { Deadlines } from './deadlines.ts';
import { PackedIds } from './packed-ids.ts';
import type { Processor } from './processor.ts';
import type { SourceMarks } from './source-marks.ts';

/**
 * The memory of one task: the fold of its journal partition. It changes in place, ahead of the journal by the
 * slice in flight at most, and is thrown away whenever the task ends.
 */
export interface Fold<S> {
  readonly aggregates: Aggregates<S>;
  /** Ids of aggregates that have left for good. */
  readonly archived: PackedIds;
  /** When aggregates fall due by themselves. Follows from them, so no snapshot holds it. */
  readonly deadlines: Deadlines;
  readonly marks: SourceMarks;
  /** Last pair sent to each target partition, key `processor/partition`: the `prev` of the next message. */
  readonly lastSent: Map<string, MessagePair>;
  /** Last event's number, 0 before the first. */
  seq: number;
  /** The partition's time: `atMs` of the last event. */
  timeMs: number;
  /** Highest inbox offset an event names, -1 before the first. */
  highestCause: number;
  /** Commands that wait for a person; nothing of their aggregates is decided meanwhile. */
  readonly parked: ParkedCommands;
  /**
   * Aggregates whose state here may be half moved, and why: a decision of theirs threw. Each is parked, at once or as
   * the next record decided, so nobody reads its state. In memory only: no snapshot may be taken while there is one,
   * and a take-over folds it anew.
   */
  readonly spoiled: Map<string, string>;
  /** Records unreadable or undecidable since the last good one. In memory only: who restarts has looked at them. */
  poisonInRow: number;
}

/** What a fold keeps beside the aggregates and what follows from them. */
export type FoldNotes = Pick<
  Fold<never>,
  'marks' | 'lastSent' | 'seq' | 'timeMs' | 'highestCause' | 'parked'
>;

export function createFold<S>(processor: AggregateKeeper<S>, notes?: FoldNotes): Fold<S> {
  const aggregates = new Aggregates<S>({
    format: processor.format,
    dueAtMs: (state) => dueAtMsOf(processor, state),
    looseMax: processor.looseMax,
    onUnpacked: (key, atMs) => deadlines.unpacked(key, atMs),
  });
  const deadlines = new Deadlines(aggregates);
  return {
    aggregates,
    archived: new PackedIds(),
    deadlines,
    marks: new Map(notes?.marks),
    lastSent: new Map(notes?.lastSent),
    seq: notes?.seq ?? 0,
    timeMs: notes?.timeMs ?? 0,
    highestCause: notes?.highestCause ?? -1,
    parked: notes?.parked ?? new Map(),
    spoiled: new Map(),
    poisonInRow: 0,
  };
}

/** What a fold needs to know of its domain. */
export type AggregateKeeper<S> = Pick<Processor<S, never, never>, 'format' | 'dueAtMs' | 'looseMax'>;

const dueAtMsOf = <S>(processor: AggregateKeeper<S>, state: S | undefined): number =>
  state === undefined ? Number.POSITIVE_INFINITY : (processor.dueAtMs?.(state) ?? Number.POSITIVE_INFINITY);

/** The aggregate's state; that of all archived ones if it has left. */
export function stateOf<S>(
  fold: Fold<S>,
  processor: Pick<Processor<S, never, never>, 'archived'>,
  key: string,
): S | undefined {
  return fold.aggregates.get(key) ?? (fold.archived.has(key) ? processor.archived : undefined);
}

/**
 * The aggregate that has been due for longest at `atMs`, null if none is. Hints that are not true any more are
 * dropped on the way, and so are parked aggregates: the Redrive that frees one brings its deadline back.
 */
export function nextDue<S>(
  fold: Fold<S>,
  processor: Pick<Processor<S, never, never>, 'dueAtMs'>,
  atMs: number,
): { readonly key: string; readonly state: S } | null {
  const { aggregates, deadlines, parked, spoiled } = fold;
  for (let next = deadlines.earliest(atMs); next !== null; next = deadlines.earliest(atMs)) {
    const { key } = next;
    const isDue =
      !parked.has(key) && !spoiled.has(key) && (aggregates.packedDueAtMs(key) ?? next.atMs) === next.atMs;
    const state = isDue ? aggregates.get(key) : undefined;
    if (state !== undefined && processor.dueAtMs?.(state) === next.atMs) return { key, state };
    deadlines.removeEarliest();
  }
  return null;
}

/** Bounds what the fold takes as objects. To be called between two commands, or events: nobody may hold a state. */
export function packOld<S>({ aggregates, deadlines }: Fold<S>): void {
  if (aggregates.packOld()) deadlines.forgetPacked();
}

/** Moves all that the runtime keeps to behind an event; the aggregate's state is `evolveAggregate`. */
export function advance(fold: FoldNotes, event: EventEnvelope<Body>): void {
  const { seq, cause, atMs } = event;
  foldParking(fold.parked, event);
  fold.seq = seq;
  fold.timeMs = atMs;
  if (cause.offset > fold.highestCause) fold.highestCause = cause.offset;
  if (cause.source !== null && cause.seq !== null && cause.index !== null) {
    fold.marks.set(cause.source, { seq: cause.seq, index: cause.index });
  }
}

/** Folds one event of the domain into its aggregate. */
export function evolveAggregate<S, C extends Body, E extends Body>(
  fold: Fold<S>,
  processor: Processor<S, C, E>,
  event: E,
  atMs: number,
): void {
  const { aggregates, archived, deadlines } = fold;
  const key = processor.keyOfEvent(event);
  const kept = aggregates.forChange(key);
  const before = kept ?? (archived.has(key) ? processor.archived : undefined);
  const dueBeforeMs = dueAtMsOf(processor, kept);
  const state = processor.evolve(before, event, atMs);
  if (state === undefined || state === processor.archived) {
    if (kept !== undefined) aggregates.delete(key);
    if (state !== undefined && state !== before) archived.add(key);
    return;
  }
  if (state !== kept) aggregates.set(key, state);
  const dueMs = dueAtMsOf(processor, state);
  if (dueMs !== dueBeforeMs && dueMs !== Number.POSITIVE_INFINITY) deadlines.add(key, dueMs);
}
