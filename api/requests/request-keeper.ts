import type { Redis } from 'ioredis';
import { requestKeys } from '../../schemas/redis-keys.ts';
import { noAnswer, type RequestLine } from '../http/create-app.ts';
import {
  hourOf,
  type KeptRequest,
  keptMax,
  keptRequestOf,
  keptS,
  leftField,
  lostField,
  servedField,
} from './kept-request.ts';

const flushEveryMs = 1_000;
/** Of one kind and store in one flush; the rest of a busy second is counted and not listed. */
const listedMax = 50;
/** In one flush, of all stores: bounds its memory and its bytes, about 100 kB. */
const listedOfAllMax = 500;
const countedS = 25 * 3_600;

/** What one process heard of one store since the last flush. */
interface Batch {
  readonly served: KeptRequest[];
  readonly problems: KeptRequest[];
  /** By problem code, `served` and `left`. */
  readonly counts: Map<string, number>;
  readonly keyIds: Set<string>;
}

/**
 * Keeps the last requests of each store in Redis for all API processes, and counts them by hour. Off the answer's way: a
 * request costs a few additions in memory; once a second what came is written in one pipeline. A flush that fails, or
 * comes while the one before it is under way, is lost, and the next one that succeeds counts it as such; one that failed
 * half-way is counted twice then, as what it was and as lost. The dashboard's own requests are left out, or it would show
 * its reader nothing else.
 */
export class RequestKeeper {
  readonly #redis: Pick<Redis, 'pipeline'>;
  readonly #nowMs: () => number;
  readonly #timer: NodeJS.Timeout;
  #batches = new Map<string, Batch>();
  #listed = 0;
  #isWriting = false;
  /** By store: requests of flushes that were lost. Bounded by the stores there are. */
  readonly #lost = new Map<string, number>();

  /** `redis` must fail at once while it is away, and not wait for ever. */
  constructor(redis: Pick<Redis, 'pipeline'>, nowMs: () => number) {
    this.#redis = redis;
    this.#nowMs = nowMs;
    this.#timer = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  /** Takes note of a finished request; of one whose caller is unknown nobody may read. */
  tell(line: RequestLine): void {
    const { store, problem, keyId, status } = line;
    if (store === null || line.byCookie) return;
    const batch = this.#batchOf(store);
    const field = problem ?? (status === noAnswer ? leftField : servedField);
    batch.counts.set(field, (batch.counts.get(field) ?? 0) + 1);
    if (keyId !== null) batch.keyIds.add(keyId);
    const list = field === servedField ? batch.served : batch.problems;
    if (list.length >= listedMax || this.#listed >= listedOfAllMax) return;
    list.push(keptRequestOf(line, this.#nowMs()));
    this.#listed += 1;
  }

  /** Writes what came since the last flush. Never rejects. */
  async flush(): Promise<void> {
    const batches = this.#batches;
    if (batches.size === 0) return;
    this.#batches = new Map();
    this.#listed = 0;
    if (this.#isWriting) return this.#lose(batches);
    this.#isWriting = true;
    const lost = new Map(this.#lost);
    try {
      await this.#write(batches, lost);
      for (const store of batches.keys()) this.#told(store, lost.get(store) ?? 0);
    } catch {
      this.#lose(batches); // Redis is away: a log for people is no reason to keep anything in memory
    } finally {
      this.#isWriting = false;
    }
  }

  /** Writes what is left, and ends. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #batchOf(store: string): Batch {
    const known = this.#batches.get(store);
    if (known) return known;
    const batch: Batch = { served: [], problems: [], counts: new Map(), keyIds: new Set() };
    this.#batches.set(store, batch);
    return batch;
  }

  /** So many of those lost stand in Redis now; more may have come meanwhile. */
  #told(store: string, requests: number): void {
    const left = (this.#lost.get(store) ?? 0) - requests;
    if (left > 0) this.#lost.set(store, left);
    else this.#lost.delete(store);
  }

  #lose(batches: ReadonlyMap<string, Batch>): void {
    for (const [store, { counts }] of batches) {
      const requests = [...counts.values()].reduce((sum, count) => sum + count, 0);
      this.#lost.set(store, (this.#lost.get(store) ?? 0) + requests);
    }
  }

  async #write(batches: ReadonlyMap<string, Batch>, lost: ReadonlyMap<string, number>): Promise<void> {
    const atMs = this.#nowMs();
    const pipeline = this.#redis.pipeline();
    for (const [store, { counts, keyIds, ...lists }] of batches) {
      for (const which of ['served', 'problems'] as const) {
        if (lists[which].length === 0) continue;
        const key = requestKeys.last(store, which);
        pipeline.lpush(key, ...lists[which].map((request) => JSON.stringify(request)));
        pipeline.ltrim(key, 0, keptMax - 1).expire(key, keptS);
      }
      const hour = requestKeys.hour(store, hourOf(atMs));
      for (const [field, count] of counts) pipeline.hincrby(hour, field, count);
      const missed = lost.get(store);
      if (missed !== undefined) pipeline.hincrby(hour, lostField, missed);
      pipeline.expire(hour, countedS);
      const keys = requestKeys.keys(store);
      for (const keyId of keyIds) pipeline.hset(keys, keyId, atMs);
      pipeline.expire(keys, keptS);
    }
    const [failed] = ((await pipeline.exec()) ?? []).flatMap(([error]) => (error ? [error] : []));
    if (failed) throw failed;
  }
}
