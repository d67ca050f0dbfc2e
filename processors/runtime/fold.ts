import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { MessagePair } from '../../schemas/source-mark.ts';
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
  /** Unreadable records since the last readable one. In memory only: who restarts has looked at them. */
  unreadableInRow: number;
}

export function createFold<S>(): Fold<S> {
  return {
    aggregates: new Map(),
    marks: new Map(),
    lastSent: new Map(),
    seq: 0,
    timeMs: 0,
    highestCause: -1,
    unreadableInRow: 0,
  };
}

/** Moves all that the runtime keeps to behind an event; the aggregate's state is `evolveAggregate`. */
export function advance(fold: Fold<unknown>, { seq, cause, atMs }: EventEnvelope<Body>): void {
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
