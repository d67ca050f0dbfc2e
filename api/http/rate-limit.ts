import { Problem } from './problem.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * A token bucket for each API key, local to this process: `perSecond` tokens a second, as many at once; 0 = off.
 * Headers as draft-ietf-httpapi-ratelimit-headers.
 */
export class RateLimit {
  readonly #perSecond: number;
  /** Bounded by the keys that exist: only authenticated keys come here. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes one token of the key. The headers of its answer; throws `rate-limited` with them. */
  take(keyId: string, nowMs: number): Readonly<Record<string, string>> {
    if (this.#perSecond === 0) return {};
    const bucket = this.#bucketOf(keyId, nowMs);
    bucket.tokens = Math.min(
      this.#perSecond,
      bucket.tokens + ((nowMs - bucket.filledAtMs) * this.#perSecond) / 1_000,
    );
    bucket.filledAtMs = nowMs;
    const granted = bucket.tokens >= 1;
    if (granted) bucket.tokens -= 1;
    const headers = {
      'RateLimit-Policy': `"key";q=${this.#perSecond};w=1`,
      RateLimit: `"key";r=${Math.floor(bucket.tokens)};t=1`,
    };
    if (granted) return headers;
    throw new Problem('rate-limited', {
      detail: `At most ${this.#perSecond} requests a second for this key.`,
      headers,
      retryAfterSeconds: 1,
    });
  }

  #bucketOf(keyId: string, nowMs: number): Bucket {
    const held = this.#buckets.get(keyId);
    if (held) return held;
    const fresh = { tokens: this.#perSecond, filledAtMs: nowMs };
    this.#buckets.set(keyId, fresh);
    return fresh;
  }
}
