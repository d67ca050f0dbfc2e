import { createHistogram } from 'node:perf_hooks';

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** Percentiles of latencies in microseconds (HdrHistogram, three figures). */
export function summarizeLatencies(latenciesUs: readonly number[]): LatencySummary {
  if (latenciesUs.length === 0) return { p50: 0, p90: 0, p99: 0, max: 0, count: 0 };
  const histogram = createHistogram({ figures: 3 });
  for (const latency of latenciesUs) histogram.record(Math.max(1, Math.round(latency)));
  return {
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p99: histogram.percentile(99),
    max: histogram.max,
    count: histogram.count,
  };
}
