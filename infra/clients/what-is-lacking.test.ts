import { expect, test } from 'vitest';
import { whatIsLacking } from './what-is-lacking.ts';

test('names the limit of descriptors wherever an error hides it', () => {
  const inMessage = new Error('Connection error: connect EMFILE 127.0.0.1:9092');
  const inCode = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  const inCause = new Error('no Kafka broker answers', { cause: new Error('again', { cause: inCode }) });
  for (const error of [inMessage, inCode, inCause]) expect(whatIsLacking(error)).toMatch(/ulimit -n/);
});

test('has nothing to say of other errors', () => {
  for (const error of [new Error('connect ECONNREFUSED'), 'EMFILE', null])
    expect(whatIsLacking(error)).toBe('');
});
