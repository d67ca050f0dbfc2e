import { Worker } from 'node:worker_threads';
import type { SeedReport } from './mutate-seed.ts';

export interface MutationReport {
  readonly seeds: number;
  readonly records: number;
  readonly came: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

export interface Mutation {
  readonly records: number;
  readonly firstSeed: number;
  /** Threads; the box's cores are shared with whoever else tests. */
  readonly threads: number;
}

export const recordsPerSeed = 1_000;

/** Spoils that many records, a seed for each thousand, over some threads. The same seeds give the same report. */
export async function mutateTopics({ records, firstSeed, threads }: Mutation): Promise<MutationReport> {
  const seeds = Math.ceil(records / recordsPerSeed);
  let next = firstSeed;
  const reports: SeedReport[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./mutate-worker.ts', import.meta.url));
      const give = (): void => {
        if (next >= firstSeed + seeds) return worker.postMessage(null);
        worker.postMessage({ seed: next, records: recordsPerSeed });
        next += 1;
      };
      worker.on('message', (report: SeedReport) => {
        reports.push(report);
        give();
      });
      worker.on('error', reject);
      worker.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`)),
      );
      give();
    });
  await Promise.all(Array.from({ length: threads }, work));
  const came: Record<string, number> = {};
  for (const report of reports) {
    for (const [what, count] of Object.entries(report.came)) came[what] = (came[what] ?? 0) + count;
  }
  const violations = reports.toSorted((a, b) => a.seed - b.seed).flatMap((report) => report.violations);
  return { seeds, records: seeds * recordsPerSeed, came, violations };
}
