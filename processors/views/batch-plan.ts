import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { View, ViewUpdate } from './view-update.ts';

/** How far a partition's view has folded; stands in Redis beside the data. */
export interface ViewPosition extends JournalPosition {
  /** Highest inbox offset included, -1 before the first: a read waits for it (`?after=`). */
  readonly cause: number;
  /** Watermark, epoch ms: nothing older comes any more. 0 before the first. */
  readonly atMs: number;
}

/** A valid record of a journal. */
export interface Accepted<E> {
  /** The reader's position after it. */
  readonly position: JournalPosition;
  readonly event: E;
}

export interface Chunk<E> {
  readonly accepted: readonly Accepted<E>[];
  /** The view's position after it. */
  readonly next: ViewPosition;
}

/** The place before the first record. */
export const viewStart: ViewPosition = { offset: -1n, seq: 0, writer: null, cause: -1, atMs: 0 };

/** More would hold up Redis's one thread for too long. */
export const updatesMax = 1_000;

/** Cuts accepted records, in order, into chunks of at most `updatesMax` updates each; a larger event stands alone. */
export function cutChunks<E extends EventEnvelope<Body>, V>(
  view: View<E, V>,
  from: ViewPosition,
  accepted: readonly Accepted<E>[],
): readonly Chunk<E>[] {
  const chunks: Chunk<E>[] = [];
  let taken: Accepted<E>[] = [];
  let updates = 0;
  let next = from;
  for (const each of accepted) {
    const more = view.updatesMax(each.event);
    if (taken.length > 0 && updates + more > updatesMax) {
      chunks.push({ accepted: taken, next });
      taken = [];
      updates = 0;
    }
    taken.push(each);
    updates += more;
    next = positionAfter(next, each);
  }
  if (taken.length > 0) chunks.push({ accepted: taken, next });
  return chunks;
}

function positionAfter<E extends EventEnvelope<Body>>(
  before: ViewPosition,
  { position, event }: Accepted<E>,
): ViewPosition {
  return {
    ...position,
    cause: Math.max(before.cause, event.cause.offset),
    atMs: isTimePassed(event.body) ? event.body.atMs : before.atMs,
  };
}

const isTimePassed = (body: Body): body is { readonly type: 'TimePassed'; readonly atMs: number } =>
  body.type === 'TimePassed';

/** Keys of the documents a chunk changes, each once, in order of their first change. */
export function keysOf<E, V>(
  view: View<E, V>,
  partition: number,
  accepted: readonly Accepted<E>[],
): readonly string[] {
  const keys = accepted.map(({ event }) => view.keyOf(event, partition));
  return [...new Set(keys.filter((key) => key !== null))];
}

/** What a chunk does to the keys: pure, and absolute, so that it is the same whoever folds it. `before` is changed. */
export function updatesOf<E, V>(
  view: View<E, V>,
  partition: number,
  accepted: readonly Accepted<E>[],
  before: Map<string, V>,
): readonly ViewUpdate[] {
  const first = new Map<string, V | undefined>();
  const updates: ViewUpdate[] = [];
  for (const { event } of accepted) {
    const key = view.keyOf(event, partition);
    if (key === null) continue;
    const document = before.get(key);
    const after = view.fold(document, event, partition);
    if (after === undefined) continue;
    if (!first.has(key)) first.set(key, document);
    before.set(key, after);
    updates.push(...view.noteOf(after, event, partition));
  }
  for (const [key, was] of first) {
    const is = before.get(key);
    if (is === undefined) continue;
    if (view.isGone(is)) updates.push({ does: 'drop', key });
    else updates.push({ does: 'set', key, json: JSON.stringify(is) }, ...view.listsOf(was, is, partition));
  }
  return updates;
}
