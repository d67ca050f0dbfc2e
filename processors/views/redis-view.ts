import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { assertNever } from '../../schemas/assert-never.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import { type Accepted, cutChunks, keysOf, updatesOf, type ViewPosition, viewStart } from './batch-plan.ts';
import { redisScript } from './redis-script.ts';
import type { View, ViewUpdate } from './view-update.ts';

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

/** Events a partition's stream keeps: about an hour of a small shop, 10 MB at most. */
export const streamEventsMax = 20_000;
const overtakenWaitMs = 5_000;

export function createRedisView<E extends EventEnvelope<Body>, V>(
  redis: Redis,
  view: View<E, V>,
): RedisView<E> {
  const applyBatch = redisScript(redis, './apply-batch.lua');
  const readDocuments = redisScript(redis, './read-documents.lua');
  const wiper = createWiper(redis, view);

  const read = (partition: number): Promise<StoredFields> =>
    redis.hmget(view.positionKey(partition), ...positionFields);

  const position = async (partition: number): Promise<ViewPosition> => {
    for (;;) {
      const stored = await read(partition);
      const at = parsePosition(stored);
      if (at) return at;
      if (!(await wiper(partition, stored))) await wait(overtakenWaitMs);
    }
  };

  /** The documents as they stand at `from`; null if the view no longer stands there. */
  const documentsAt = async (
    partition: number,
    from: ViewPosition,
    keys: readonly string[],
  ): Promise<Map<string, V> | null> => {
    if (keys.length === 0) return new Map();
    const answer = await readDocuments([view.positionKey(partition), ...keys], []);
    const [stored, texts] = answer as readonly [StoredFields, readonly (string | null)[]];
    if (!isSame(parsePosition(stored), from)) return null;
    return new Map(
      keys.flatMap((key, i) => (typeof texts[i] === 'string' ? [[key, JSON.parse(texts[i]) as V]] : [])),
    );
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
    const answer = await applyBatch(
      [view.positionKey(partition), ...updates.map(({ key }) => key)],
      [...lineageOf(from), ...fieldsOf(next), String(streamEventsMax), ...updates.flatMap(argumentsOf)],
    );
    return answer === 'applied';
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
      const stored = await read(partition);
      if (isSame(parsePosition(stored), from)) await wiper(partition, stored);
    },
  };
}

/**
 * Empties a partition's view and sets it before the journal's first record. A token in the position fences every
 * step, so that two wipers, or a wiper and a writer, never mix. Resolves with false if somebody else took over.
 */
function createWiper<E, V>(redis: Redis, view: View<E, V>) {
  const beginWipe = redisScript(redis, './begin-wipe.lua');
  const wipeKeys = redisScript(redis, './wipe-keys.lua');
  const endWipe = redisScript(redis, './end-wipe.lua');
  return async (partition: number, seen: StoredFields): Promise<boolean> => {
    const token = randomUUID();
    const positionKey = view.positionKey(partition);
    const lineage = seen.slice(0, 3).map((field) => field ?? '');
    if ((await beginWipe([positionKey], [...lineage, token])) !== 1) return false;
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', view.allKeys(partition), 'COUNT', 1_000);
      cursor = next;
      if (keys.length > 0 && (await wipeKeys([positionKey, ...keys], [token])) !== 1) return false;
    } while (cursor !== '0');
    return (await endWipe([positionKey], [token, ...fieldsOf(viewStart)])) === 1;
  };
}

const positionFields = ['offset', 'seq', 'writer', 'cause', 'atMs'] as const;
/** The position hash as Redis holds it; null where a field is absent. */
type StoredFields = readonly (string | null)[];

const lineageOf = ({ offset, seq, writer }: JournalPosition): readonly string[] => [
  String(offset),
  String(seq),
  writer ?? '',
];

const fieldsOf = (at: ViewPosition): readonly string[] => [
  ...lineageOf(at),
  String(at.cause),
  String(at.atMs),
];

/** Null unless all five are there: being emptied, or never written. */
function parsePosition([offset, seq, writer, cause, atMs]: StoredFields): ViewPosition | null {
  if (offset == null || seq == null || writer == null || cause == null || atMs == null) return null;
  return {
    offset: BigInt(offset),
    seq: Number(seq),
    writer: writer === '' ? null : writer,
    cause: Number(cause),
    atMs: Number(atMs),
  };
}

const isSame = (a: JournalPosition | null, b: JournalPosition): boolean =>
  a !== null && a.offset === b.offset && a.seq === b.seq && a.writer === b.writer;

/** As `apply-batch.lua` reads them. */
function argumentsOf(update: ViewUpdate): readonly string[] {
  switch (update.does) {
    case 'set':
      return ['set', update.json];
    case 'list':
      return ['list', String(update.score), update.member];
    case 'unlist':
      return ['unlist', update.member];
    case 'append':
      return ['append', update.id, update.order, update.event];
    default:
      return assertNever(update);
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
