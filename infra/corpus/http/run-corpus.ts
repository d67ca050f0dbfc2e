import { readFileSync } from 'node:fs';
import { CannotSetUp, type CorpusPlace } from './corpus-place.ts';
import { Fixtures } from './fixtures.ts';
import { parseCase } from './http-case.ts';
import type { Got } from './judge-answer.ts';
import { runCase } from './run-case.ts';

export interface CorpusReport {
  readonly cases: number;
  /** What this place cannot give a case. */
  readonly notRun: readonly { readonly id: string; readonly reason: string }[];
  readonly failed: readonly { readonly id: string; readonly expected: unknown; readonly got: Got }[];
}

/** The cases of this repository. */
export const ownCases = new URL('../../../api/http/corpus/bad-input-http.json', import.meta.url);

/** The array of cases in a file. Throws if it is none. */
export function readCases(file: string | URL): readonly unknown[] {
  const cases: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(cases)) throw new TypeError(`${String(file)} holds no array of cases`);
  return cases;
}

/** Runs every case there, one after the other. One that the runner does not understand has failed. */
export async function runCorpus(
  cases: readonly unknown[],
  place: CorpusPlace,
  onCase: (done: number) => void = () => undefined,
): Promise<CorpusReport> {
  const fixtures = await Fixtures.make(place);
  const notRun: CorpusReport['notRun'][number][] = [];
  const failed: CorpusReport['failed'][number][] = [];
  for (const [i, value] of cases.entries()) {
    const { id = `case ${i}`, expect = null } = (value ?? {}) as { id?: string; expect?: unknown };
    try {
      const got = await runCase(parseCase(value), place, fixtures);
      if (got.differences.length > 0) failed.push({ id, expected: expect, got });
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error);
      if (error instanceof CannotSetUp) notRun.push({ id, reason: told });
      else
        failed.push({
          id,
          expected: expect,
          got: { status: 'not-run', problemType: null, differences: [told] },
        });
    }
    onCase(i + 1);
  }
  return { cases: cases.length, notRun, failed };
}
