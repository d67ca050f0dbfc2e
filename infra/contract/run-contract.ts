import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Progress } from '../local/maven.ts';
import { type Ran, runCommand } from '../local/run-command.ts';
import { ensureSchemathesis } from './schemathesis.ts';

export interface ContractRun {
  /** Of a running API, without a path. */
  readonly api: string;
  /** Of the local stack: two doors that open every route between them. */
  readonly keys: { readonly full: string; readonly ops: string };
  /** Cases a route, phase and kind of data at most. */
  readonly examplesMax: number;
  readonly seed: number;
  readonly progress: Progress;
}

const operations = '^/v1/ops';

/**
 * What is held against the document. Left out: `positive_data_acceptance`, because a well-formed order may still name an
 * unknown SKU, and the checks of what other routes did (`use_after_free`), which only know create-and-delete.
 */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
];

/**
 * Has schemathesis ask every route of `/openapi.json` what the document allows and what it forbids, each with the key
 * that opens it. One result for each key; exit code 0: no failure.
 */
export async function runContract({ api, keys, ...run }: ContractRun): Promise<readonly Ran[]> {
  const python = await ensureSchemathesis(run.progress);
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'millrace-contract-')); // it keeps what it found in its folder
  const ask = (key: string, filter: string): Promise<Ran> =>
    runCommand(
      python,
      [
        '-m',
        'schemathesis.cli',
        '--no-color',
        `--config-file=${path.join(import.meta.dirname, 'schemathesis.toml')}`,
        'run',
        `${api}/openapi.json`,
        filter,
        operations,
        `--url=${api}`,
        `--header=Authorization: Bearer ${key}`,
        '--header=Prefer: wait=0', // a read that names a place in the log waits 2 s otherwise, in each case
        `--checks=${checks.join(',')}`,
        '--phases=examples,coverage,fuzzing',
        `--max-examples=${run.examplesMax}`,
        `--seed=${run.seed}`,
        '--generation-deterministic',
        '--continue-on-failure',
        '--request-timeout=20',
        '--warnings=off',
        '--suppress-health-check=all',
      ],
      { cwd },
    );
  try {
    return [await ask(keys.full, '--exclude-path-regex'), await ask(keys.ops, '--include-path-regex')];
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
