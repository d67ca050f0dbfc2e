import type { RequestLine } from '../http/create-app.ts';

/**
 * A finished request as it is kept for the engineer behind its key: the allow-list of the request log (reliability §8),
 * so no path, parameter, header or body. Short names: a store keeps a thousand of them in Redis.
 */
export interface KeptRequest {
  /** When it ended, epoch ms by the clock of its API process. */
  readonly at: number;
  readonly method: string;
  /** The route's pattern. */
  readonly route: string;
  /** `noAnswer`: the caller was gone before one. */
  readonly status: number;
  readonly problem: string | null;
  readonly id: string;
  /** From its head to the end of its answer. */
  readonly ms: number;
  readonly key: string | null;
  readonly replayed: boolean;
}

export const keptRequestOf = (line: RequestLine, atMs: number): KeptRequest => ({
  at: atMs,
  method: line.method,
  route: line.route,
  status: line.status,
  problem: line.problem,
  id: line.requestId,
  ms: Math.round(line.durationMs * 10) / 10,
  key: line.keyId,
  replayed: line.replayed,
});

/** Requests kept of each kind and store, the newest ones. */
export const keptMax = 500;
/** How long they and the last use of a key are kept, s. */
export const keptS = 7 * 86_400;
/** Hours that are counted, the current one included. */
export const countedHours = 24;
/** The fields of an hour beside the problem codes. */
export const servedField = 'served';
export const leftField = 'left';
export const lostField = 'lost';

/** The UTC hour of an instant, as `requestKeys.hour` takes it: `2026-01-31T14`. */
export const hourOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 13);
