/** How two arms of a run compare, from its pairs of blocks (performance.md §4). */
export interface PairedRatio {
  /** Geometric mean of the pairs' ratios. */
  readonly ratio: number;
  /** Bootstrap interval of 95 %; says little with fewer than ten pairs. */
  readonly interval95: readonly [low: number, high: number];
}

const resamples = 10_000;

export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** `of[i] / over[i]` for each pair `i`. Throws RangeError unless there are as many of both, and at least one. */
export function pairedRatio(
  of: readonly number[],
  over: readonly number[],
  random: () => number,
): PairedRatio {
  if (of.length === 0 || of.length !== over.length)
    throw new RangeError(`${of.length} and ${over.length} blocks are no pairs`);
  const ratios = of.map((value, i) => value / (over[i] ?? Number.NaN));
  const drawn = (): number => ratios[Math.floor(random() * ratios.length)] ?? Number.NaN;
  const means = Array.from({ length: resamples }, () => geometricMean(ratios.map(drawn)));
  means.sort((a, b) => a - b);
  const at = (share: number): number => means[Math.floor(share * (resamples - 1))] ?? Number.NaN;
  return { ratio: geometricMean(ratios), interval95: [at(0.025), at(0.975)] };
}
