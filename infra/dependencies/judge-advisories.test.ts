import { expect, test } from 'vitest';
import { judgeAdvisories } from './judge-advisories.ts';

const judge = (answer: unknown) => judgeAdvisories(JSON.stringify(answer));

test('no advisory, and nobody to ask, are two things', () => {
  expect(judge({ vulnerabilities: {} })).toEqual({ is: 'asked', severe: [], others: [] });
  expect(judge({ message: '405 Method Not Allowed', statusCode: 405 })).toEqual({
    is: 'not-asked',
    why: '405 Method Not Allowed',
  });
});

test.each([
  ['critical', 'severe'],
  ['high', 'severe'],
  ['moderate', 'others'],
  ['low', 'others'],
])('an advisory that is %s counts among the %s', (severity, list) => {
  const judged = judge({ vulnerabilities: { avsc: { severity, via: [] } } });
  expect(judged).toEqual({ is: 'asked', severe: [], others: [], [list]: [`avsc: ${severity}`] });
});

test('an answer of another form is no answer', () => {
  expect(() => judge({ auditReportVersion: 3 })).toThrow();
  expect(() => judgeAdvisories('npm error network')).toThrow();
});
