import { z } from 'zod';

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

export interface CheckCount {
  readonly passed: number;
  /** One line each. */
  readonly failures: readonly string[];
}

const firstLine = (text: string | undefined): string => (text ?? '').trim().split('\n')[0] ?? '';

/**
 * Counts vitest's JSON report. A file that could not be loaded counts as one failure, and so does a run that failed
 * without saying where (an unhandled error), or one that left no report (`undefined`). Skipped tests count as neither.
 */
export function readVitestReport(name: string, report: unknown, exitCode: number | null): CheckCount {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success)
    return { passed: 0, failures: [`${name}: vitest left no report (exit code ${exitCode})`] };
  let passed = 0;
  const failures: string[] = [];
  for (const file of parsed.data.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    failures.push(
      ...failed.map((test) => `${file.name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`),
    );
    if (failed.length === 0 && file.status === 'failed')
      failures.push(`${file.name}: ${firstLine(file.message)}`);
  }
  if (failures.length === 0 && (exitCode !== 0 || !parsed.data.success)) {
    failures.push(`${name}: vitest ended with exit code ${exitCode}; the reason stands above`);
  }
  return { passed, failures };
}
