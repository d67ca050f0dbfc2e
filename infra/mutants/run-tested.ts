import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../config/config.ts';
import { childEnvironment } from '../config/environment.ts';
import type { TestedMutant } from './mutant.ts';

export interface Tested {
  readonly mutant: TestedMutant;
  /** What its test said as it failed; null: the test passes without the rule, or did not run. */
  readonly failure: string | null;
  readonly ms: number;
}

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ status: z.string(), title: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** Runs the mutant's test with its edits planted. Only a failing test counts: a file that cannot even load catches nothing. */
export async function runTested(mutant: TestedMutant): Promise<Tested> {
  const startedMs = performance.now();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-mutant-'));
  const report = path.join(folder, 'report.json');
  const { file, name } = mutant.test;
  const args = [
    'run',
    '--project',
    file.endsWith('.int.test.ts') ? 'int' : 'unit',
    '--testNamePattern',
    name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    '--reporter=json',
    `--outputFile.json=${report}`,
    file,
  ];
  await vitest(args, mutant.name);
  const failure = failureIn(report);
  rmSync(folder, { recursive: true, force: true });
  return { mutant, failure, ms: Math.round(performance.now() - startedMs) };
}

const vitest = (args: readonly string[], mutant: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs'), ...args],
      {
        cwd: repositoryRoot,
        stdio: 'ignore',
        // what other runs have transformed has no edits in it
        env: { ...childEnvironment(), MILLRACE_MUTANT: mutant, VITEST_FS_MODULE_CACHE: 'false' },
      },
    );
    child.once('error', reject);
    child.once('exit', () => resolve());
  });

function failureIn(report: string): string | null {
  let text: string;
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    return null; // the run broke before any test
  }
  const { testResults } = vitestReport.parse(JSON.parse(text));
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  return failed ? (failed.failureMessages[0]?.split('\n')[0] ?? failed.title) : null;
}
