import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { MessagePair } from '../../schemas/source-mark.ts';
import { foldParking, type ParkedCommands } from './parked.ts';
import type { Processor } from './processor.ts';
import type { SourceMarks } from './source-marks.ts';

/**
 * The memory of one task: the fold of its journal partition. It changes in place, ahead of the journal by the
 * slice in flight at most, and is thrown away whenever the task ends.
 */
export interface Fold<S> {
  readonly aggregates: Map<string, S>;
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

export function createFold<S>(): Fold<S> {
  return {
    aggregates: new Map(),
    marks: new Map(),
    lastSent: new Map(),
    seq: 0,
    timeMs: 0,
    highestCause: -1,
    parked: new Map(),
    spoiled: new Map(),
    poisonInRow: 0,
  };
}

/** Moves all that the runtime keeps to behind an event; the aggregate's state is `evolveAggregate`. */
export function advance(fold: Fold<unknown>, event: EventEnvelope<Body>): void {
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
  const key = processor.keyOfEvent(event);
  const state = processor.evolve(fold.aggregates.get(key), event, atMs);
  if (state === undefined) fold.aggregates.delete(key);
  else fold.aggregates.set(key, state);
}
