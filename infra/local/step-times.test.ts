import { expect, test } from 'vitest';
import { timeLine, timesTable } from './step-times.ts';

test('a step ends with its seconds', () => {
  expect(timeLine({ step: 'lint (oxlint)', seconds: 6.64 })).toBe('-- lint (oxlint): 6.6 s');
});

test('the table has the steps in their order, seconds under seconds, and all of them last', () => {
  const steps = [
    { step: 'types (tsc)', seconds: 7 },
    { step: 'tests: e2e', seconds: 1_020.04 },
  ];
  expect(timesTable(steps, 1_027.9)).toEqual([
    'seconds  step',
    '    7.0  types (tsc)',
    ' 1020.0  tests: e2e',
    ' 1027.9  all',
  ]);
});
