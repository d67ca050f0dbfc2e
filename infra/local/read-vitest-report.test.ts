import { expect, test } from 'vitest';
import { readVitestReport } from './read-vitest-report.ts';

const file = (status: string, tests: [string, string][], message = '') => ({
  name: '/repo/a.test.ts',
  status,
  message,
  assertionResults: tests.map(([fullName, status]) => ({
    fullName,
    status,
    failureMessages: status === 'failed' ? ['Error: 1 is not 2\n at x'] : [],
  })),
});

test('counts passed and failed tests, and names each failure on one line; skipped ones count as neither', () => {
  const report = {
    success: false,
    testResults: [
      file('failed', [
        ['adds', 'passed'],
        ['subtracts', 'failed'],
        ['later', 'pending'],
      ]),
    ],
  };
  expect(readVitestReport('unit', report, 1)).toEqual({
    passed: 1,
    failures: ['/repo/a.test.ts > subtracts: Error: 1 is not 2'],
  });
});

test('a file that could not be loaded is a failure', () => {
  const report = { success: false, testResults: [file('failed', [], 'SyntaxError: no')] };
  expect(readVitestReport('unit', report, 1)).toEqual({
    passed: 0,
    failures: ['/repo/a.test.ts: SyntaxError: no'],
  });
});

test('an unhandled error beside passing tests is a failure', () => {
  const report = { success: true, testResults: [file('passed', [['adds', 'passed']])] };
  expect(readVitestReport('unit', report, 1)).toMatchObject({
    passed: 1,
    failures: [expect.stringContaining('exit code 1')],
  });
  expect(readVitestReport('unit', report, 0)).toEqual({ passed: 1, failures: [] });
});

test('a run without a report is a failure', () => {
  expect(readVitestReport('int', undefined, null).failures).toHaveLength(1);
});
