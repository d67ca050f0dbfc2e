import { type Clock, pause } from '../../infra/clients/clock.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Random } from '../../infra/clients/random.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { isSamePosition, type JournalPosition } from '../../schemas/accept-journal-record.ts';
import { streamEventsMax } from '../../schemas/redis-keys.ts';
import { type Accepted, cutChunks, keysOf, updatesOf, type ViewPosition, viewStart } from './batch-plan.ts';
import { createDocumentCache } from './document-cache.ts';
import { parsePosition, type StoredFields, type ViewStore } from './view-store.ts';
import type { View } from './view-update.ts';

/** A view's partitions in Redis. The position in Redis is the truth; callers only carry it from call to call. */
export interface RedisView<E> {
  /** Where the view of a partition stands. A view that was never written, or lost its position, is emptied first. */
  position(partition: number): Promise<ViewPosition>;
  /**
   * Folds accepted records that follow `from`. `moved` means somebody else has moved the view meanwhile (or Redis
   * was emptied): nothing of the rest was written, go on from `position(partition)`.
   * Rejects when Redis does not answer: what was written is then told by `position`.
   */
  apply(
    partition: number,
    from: ViewPosition,
    accepted: readonly Accepted<E>[],
  ): Promise<ViewPosition | 'moved'>;
  /** Empties the view of a partition whose position is not one of its journal's, if it still stands there. */
  wipe(partition: number, from: ViewPosition): Promise<void>;
}

const overtakenWaitMs = 5_000;
/** Kept in memory for each partition: the orders under way and the SKUs sold most, about 1 KB each. */
const cachedDocumentsMax = 2_000;

/** What a view asks of its surroundings. */
export interface ViewSurroundings {
  readonly store: ViewStore;
  readonly clock: Clock;
  /** For the wiper's tokens. */
  readonly random: Pick<Random, 'token'>;
}

export function createRedisView<E extends EventEnvelope<Body>, V>(
  { store, clock, random }: ViewSurroundings,
  view: View<E, V>,
): RedisView<E> {
  const never = new AbortController().signal;
  const cache = createDocumentCache<V>(cachedDocumentsMax);

  const position = async (partition: number): Promise<ViewPosition> => {
    for (;;) {
      const stored = await store.readPosition(view.positionKey(partition));
      const at = parsePosition(stored);
      if (at) return at;
      if (!(await wipe(partition, stored))) await pause(clock, overtakenWaitMs, never);
    }
  };

  /** The documents as they stand at `from`; null if the view no longer stands there. */
  const documentsAt = async (
    partition: number,
    from: ViewPosition,
    keys: readonly string[],
  ): Promise<Map<string, V> | null> => {
    const found = new Map<string, V>();
    const unknown: string[] = [];
    for (const key of keys) {
      const document = cache.get(partition, from, key);
      if (document === undefined) unknown.push(key);
      else found.set(key, document);
    }
    if (unknown.length === 0) return found;
    const { stored, documents } = await store.readDocuments(view.positionKey(partition), unknown);
    if (!isSame(parsePosition(stored), from)) return null;
    unknown.forEach((key, i) => {
      const text = documents[i];
      if (typeof text === 'string') found.set(key, view.parse(text));
    });
    return found;
  };

  const applyChunk = async (
    partition: number,
    from: ViewPosition,
    next: ViewPosition,
    accepted: readonly Accepted<E>[],
  ): Promise<boolean> => {
    const documents = await documentsAt(partition, from, keysOf(view, partition, accepted));
    if (!documents) return false;
    const updates = updatesOf(view, partition, accepted, documents);
    crashPoint('views.before-apply');
    const positionKey = view.positionKey(partition);
    const applied = await store.apply({ positionKey, from, next, updates, streamEventsMax });
    crashPoint('views.after-apply');
    if (applied) cache.keep(partition, from, next, documents);
    return applied;
  };

  /**
   * Empties a partition's view and sets it before the journal's first record. A token in the position fences every
   * step, so that two wipers, or a wiper and a writer, never mix. Resolves with false if somebody else took over.
   */
  const wipe = async (partition: number, seen: StoredFields): Promise<boolean> => {
    const token = random.token();
    const positionKey = view.positionKey(partition);
    if (!(await store.beginWipe(positionKey, seen, token))) return false;
    let cursor = '0';
    do {
      const found = await store.scan(view.allKeys(partition), cursor);
      cursor = found.cursor;
      crashPoint('views.in-wipe');
      if (found.keys.length > 0 && !(await store.wipeKeys(positionKey, found.keys, token))) return false;
    } while (cursor !== '0');
    return store.endWipe(positionKey, token, viewStart);
  };

  return {
    position,
    async apply(partition, from, accepted) {
      let at = from;
      for (const chunk of cutChunks(view, from, accepted)) {
        if (!(await applyChunk(partition, at, chunk.next, chunk.accepted))) return 'moved';
        at = chunk.next;
      }
      return at;
    },
    async wipe(partition, from) {
      const stored = await store.readPosition(view.positionKey(partition));
      if (isSame(parsePosition(stored), from)) await wipe(partition, stored);
    },
  };
}

const isSame = (a: JournalPosition | null, b: JournalPosition): boolean => a !== null && isSamePosition(a, b);
