import { isProblem } from './answer.ts';

/** How long and how often one intent is tried; all in ms. */
export interface Patience {
  /** All tries of a call together: no try begins later. 30,000 unless told. */
  readonly patienceMs: number;
  /** One try, until its last byte. 10,000 unless told. */
  readonly timeoutMs: number;
  /** The first pause is at most this, each next at most twice as long. 100 unless told. */
  readonly backoffMs: number;
  /** No pause that the server did not ask for is longer. 3,000 unless told. */
  readonly backoffMaxMs: number;
}

export const patienceDefault: Patience = {
  patienceMs: 30_000,
  timeoutMs: 10_000,
  backoffMs: 100,
  backoffMaxMs: 3_000,
};

/** Of answers that are not the API's: a proxy or a balancer that could not reach it, or asks for less. */
const retriedUntold: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/**
 * True if the very same request may succeed later. The API says so itself (`retryable`: a first try still running, 429,
 * 503, a fault of its own); any other 4xx is final.
 */
export const isRetried = (status: number, body: unknown): boolean =>
  isProblem(body) ? body.retryable : retriedUntold.has(status);

/** Refusals of a request that was looked at and compared with earlier ones of its key: certainly nothing was done. */
const judged: ReadonlySet<number> = new Set([400, 404, 405, 409, 412, 413, 415, 422]);

/** What is left open if a try ended with this answer: `overloaded` and rate limits are told before anything is done. */
export function leavesOpen(status: number, body: unknown): boolean {
  if (isProblem(body) && /\/(overloaded|view-behind|view-unavailable)$/.test(body.type)) return false;
  return status >= 500 || (status === 409 && isRetried(status, body));
}

/** True if this answer settles what became of earlier tries that brought none. */
export const settlesEarlier = (status: number, body: unknown): boolean =>
  (status >= 200 && status < 300) || (judged.has(status) && isProblem(body) && !body.retryable);

/**
 * The pause before the next try, ms: full jitter (Brooker, "Exponential backoff and jitter", 2015) over a doubling bound,
 * after the pause the server asked for. `tried` counts from 1, `random` is in [0, 1).
 */
export function pauseMs(
  tried: number,
  retryAfter: string | null,
  { backoffMs, backoffMaxMs }: Patience,
  random: number,
): number {
  const bound = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(tried - 1, 30));
  return (retryAfterMs(retryAfter) ?? 0) + random * bound;
}

/** Retry-After in ms; null where it is absent or no number of seconds: dates are not sent by this API (RFC 9110 §10.2.3). */
const retryAfterMs = (header: string | null): number | null =>
  header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : null;
