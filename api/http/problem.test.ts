import { expect, test } from 'vitest';
import { Problem, toProblem, toProblemAnswer } from './problem.ts';
import { parseProblemCode, problemCodes, problemKinds } from './problem-codes.ts';

test('a problem names its type, status, request and what is wrong, field by field', () => {
  const errors = [{ pointer: '/lines/0/quantity', code: 'too-small', message: 'at least 1' }];
  const answer = toProblemAnswer(new Problem('validation-failed', { errors }), 'r-1');
  expect(answer.status).toBe(422);
  expect(answer.headers['Content-Type']).toContain('application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({
    type: '/problems/validation-failed',
    status: 422,
    requestId: 'r-1',
    retryable: false,
    errors,
  });
});

test('at most 20 fields are listed', () => {
  const errors = Array.from({ length: 50 }, (_, i) => ({ pointer: `/k${i}`, code: 'x', message: 'x' }));
  const { body } = toProblemAnswer(new Problem('validation-failed', { errors }), 'r-1');
  expect((JSON.parse(body) as { errors: unknown[] }).errors).toHaveLength(20);
});

test('each retryable problem says when to come again', () => {
  for (const code of problemCodes) {
    const { headers } = toProblemAnswer(new Problem(code), 'r-1');
    expect('Retry-After' in headers).toBe(problemKinds[code].retryable);
  }
});

test('whatever else was thrown is our bug and tells nothing of itself', () => {
  const answer = toProblemAnswer(toProblem(new TypeError('secret thing')), 'r-1');
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain('secret');
});

test('only codes of the table are codes', () => {
  expect(parseProblemCode('not-found')).toBe('not-found');
  expect(parseProblemCode('constructor')).toBeNull();
});
