import type { LimitState } from './limit-headers.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Who asks. */
export interface RatedCaller {
  readonly keyId: string;
  readonly store: string;
}

export interface RateTaken {
  /** The limit that refuses the request; null: it may go on. */
  readonly refusedBy: 'key' | 'store' | null;
  readonly states: readonly LimitState[];
}

/**
 * A token bucket for each API key and one for its store, local to this process: so many tokens a second, as many at
 * once; 0 = off (decision 0038).
 */
export class RateLimit {
  readonly #perSecond: Readonly<Record<'key' | 'store', number>>;
  /** Bounded by the keys and stores that exist: only authenticated callers come here. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perKey: number, perStore = 0) {
    this.#perSecond = { key: perKey, store: perStore };
  }

  /** Takes one token of each bucket of the caller, or none of either. */
  take({ keyId, store }: RatedCaller, nowMs: number): RateTaken {
    const limits = (['key', 'store'] as const)
      .map((name) => ({ name, quota: this.#perSecond[name] }))
      .filter(({ quota }) => quota > 0)
      .map(({ name, quota }) => ({
        name,
        quota,
        bucket: this.#filled(`${name} ${name === 'key' ? keyId : store}`, quota, nowMs),
      }));
    const refusedBy = limits.find(({ bucket }) => bucket.tokens < 1)?.name ?? null;
    const states = limits.map(({ name, quota, bucket }) => {
      if (refusedBy === null) bucket.tokens -= 1;
      return { name, quota, windowSeconds: 1, remaining: Math.floor(bucket.tokens), resetSeconds: 1 };
    });
    return { refusedBy, states };
  }

  #filled(name: string, perSecond: number, nowMs: number): Bucket {
    const bucket = this.#buckets.get(name) ?? { tokens: perSecond, filledAtMs: nowMs };
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((nowMs - bucket.filledAtMs) * perSecond) / 1_000);
    bucket.filledAtMs = nowMs;
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
