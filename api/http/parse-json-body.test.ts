import { expect, test } from 'vitest';
import { parseJsonBody } from './parse-json-body.ts';

const codeOf = (body: string | Uint8Array): string => {
  try {
    parseJsonBody(typeof body === 'string' ? Buffer.from(body) : body);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

test.each([
  ['', 'malformed-json'],
  [' \r\n\t', 'malformed-json'],
  ['null', 'not-an-object'],
  ['[]', 'not-an-object'],
  ['"a"', 'not-an-object'],
  ['{"a":1}', 'none'],
  ['\uFEFF{"a":1}', 'none'],
  ['{"a":1}\0', 'malformed-json'],
  ['{"a":1,}', 'malformed-json'],
  ['{"a":1,"a":2', 'malformed-json'],
  ['{"a":1,"a":2}', 'duplicate-key'],
  [`{"x":${'['.repeat(20)}1${']'.repeat(20)}}`, 'too-deep'],
  [`{"x":${'['.repeat(19)}1${']'.repeat(19)}}`, 'none'],
])('%j: %s', (body, code) => {
  expect(codeOf(body)).toBe(code);
});

test.each([[[0x7b, 0xff, 0x7d]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0x7b, 0x7d, 0xe2, 0x82]]])(
  'bytes %j are not UTF-8',
  (bytes) => {
    expect(codeOf(Uint8Array.from(bytes))).toBe('invalid-encoding');
  },
);
