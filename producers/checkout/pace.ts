import { setTimeout as wait } from 'node:timers/promises';

/**
 * Runs `work` on each item. `max`: as fast as `concurrency` at a time go. A number: item k starts k ÷ rate
 * seconds after the first, whatever became of the others (open loop), with at most `openMax` under way.
 * The first error ends it: nothing new starts, what is under way is awaited, then it is thrown.
 */
export async function runPaced<T>(
  items: Iterable<T>,
  rate: number | 'max',
  work: (item: T) => Promise<void>,
  { concurrency = 32, openMax = 2_000 }: { readonly concurrency?: number; readonly openMax?: number } = {},
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const widthMax = rate === 'max' ? concurrency : openMax;
  const failures: unknown[] = [];
  const began = performance.now();
  let k = -1;
  for (const item of items) {
    k += 1;
    if (rate !== 'max') {
      const lateMs = performance.now() - began - (k * 1_000) / rate;
      if (lateMs < 0) await wait(-lateMs);
    }
    while (underWay.size >= widthMax) await Promise.race(underWay);
    if (failures.length > 0) break;
    const one: Promise<void> = work(item)
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}
