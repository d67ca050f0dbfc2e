import type { SecondOfLoad } from '../ingest/load.ts';

/** Seconds until every answer is 202 and p99 at most `p99Us`, and stays so to the end; null: it does not come to that. */
export function secondsUntilNormal(perSecond: readonly SecondOfLoad[], p99Us: number): number | null {
  const last = perSecond.findLastIndex(
    (second) => second.ok === 0 || second.other > 0 || second.p99Us > p99Us,
  );
  return last === perSecond.length - 1 ? null : last + 1;
}
