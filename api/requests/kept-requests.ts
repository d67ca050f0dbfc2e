import type { Redis } from 'ioredis';
import { requestKeys } from '../../schemas/redis-keys.ts';
import { Problem } from '../http/problem.ts';
import {
  countedHours,
  hourOf,
  type KeptRequest,
  keptMax,
  keptS,
  leftField,
  lostField,
  servedField,
} from './kept-request.ts';

const hourMs = 3_600_000;

/** The requests of a store by what became of them, of the last 24 clock hours (UTC), the current one included. */
export interface RequestCounts {
  /** Start of the first hour, epoch ms. */
  readonly sinceMs: number;
  readonly served: number;
  /** Their callers were gone before an answer began. */
  readonly left: number;
  /** Finished and not kept: Redis was away, or slower than they came. */
  readonly lost: number;
  /** By problem code, the most frequent first. */
  readonly problems: readonly { readonly problem: string; readonly count: number }[];
}

/** Reads what `RequestKeeper` of every API process wrote. */
export class KeptRequests {
  readonly #redis: Redis;
  readonly #nowMs: () => number;

  constructor(redis: Redis, nowMs: () => number) {
    this.#redis = redis;
    this.#nowMs = nowMs;
  }

  /** The last ones of a store, newest first, and what it was sent in a day. Throws `unavailable` if Redis does not answer. */
  async of(store: string): Promise<{ requests: readonly KeptRequest[]; counts: RequestCounts }> {
    const nowMs = this.#nowMs();
    const hours = Array.from({ length: countedHours }, (_, back) => hourOf(nowMs - back * hourMs));
    try {
      const [lists, byHour] = await Promise.all([
        Promise.all(
          (['served', 'problems'] as const).map((which) =>
            this.#redis.lrange(requestKeys.last(store, which), 0, keptMax - 1),
          ),
        ),
        Promise.all(hours.map((hour) => this.#redis.hgetall(requestKeys.hour(store, hour)))),
      ]);
      const requests = lists.flat().map((text) => JSON.parse(text) as KeptRequest);
      const sinceMs = Date.parse(`${hours.at(-1)}:00:00Z`);
      return { requests: requests.toSorted((a, b) => b.at - a.at), counts: countsOf(byHour, sinceMs) };
    } catch (cause) {
      throw new Problem('unavailable', { cause });
    }
  }

  /**
   * When each key of a store was last used, epoch ms, within the time it is kept; null while Redis does not answer. The
   * keys of a store are one hash, which lives on as long as one of them is used: what is older is left out here.
   */
  async lastUseOf(store: string): Promise<ReadonlyMap<string, number> | null> {
    try {
      const stored = await this.#redis.hgetall(requestKeys.keys(store));
      const oldestMs = this.#nowMs() - keptS * 1_000;
      const uses = Object.entries(stored).map(([keyId, atMs]) => [keyId, Number(atMs)] as const);
      return new Map(uses.filter(([, atMs]) => atMs >= oldestMs));
    } catch {
      return null;
    }
  }
}

function countsOf(byHour: readonly Readonly<Record<string, string>>[], sinceMs: number): RequestCounts {
  const total = new Map<string, number>();
  for (const [field, count] of byHour.flatMap((hour) => Object.entries(hour)))
    total.set(field, (total.get(field) ?? 0) + Number(count));
  const take = (field: string): number => {
    const count = total.get(field) ?? 0;
    total.delete(field);
    return count;
  };
  const others = { served: take(servedField), left: take(leftField), lost: take(lostField) };
  const problems = [...total].map(([problem, count]) => ({ problem, count }));
  return { sinceMs, ...others, problems: problems.toSorted((a, b) => b.count - a.count) };
}
