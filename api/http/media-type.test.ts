import { expect, test } from 'vitest';
import { chooseMediaType, requireJsonBody } from './media-type.ts';

test.each([
  'application/json',
  'Application/JSON; charset=UTF-8',
  'application/json;charset="utf-8"',
  'application/json;',
])('reads a body of type %s', (type) => {
  expect(() => requireJsonBody(type, undefined)).not.toThrow();
});

test.each([
  undefined,
  '',
  'text/plain',
  'application/json; charset=utf-7',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8; charset=utf-7',
  'application/json, text/html',
  'application/vnd.api+json',
  'multipart/form-data; boundary=b',
])('refuses a body of type %s', (type) => {
  expect(() => requireJsonBody(type, undefined)).toThrow(/unsupported-media-type/);
});

test('refuses any content encoding but identity', () => {
  expect(() => requireJsonBody('application/json', 'identity')).not.toThrow();
  expect(() => requireJsonBody('application/json', 'gzip')).toThrow(/unsupported-content-encoding/);
  expect(() => requireJsonBody('application/json', 'identity, gzip')).toThrow(/unsupported-content-encoding/);
});

const offered = ['application/json', 'text/event-stream'] as const;
test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['text/event-stream', 'text/event-stream'],
  ['application/*;q=0.2, text/event-stream', 'text/event-stream'],
  ['application/json;q=0, */*', 'text/event-stream'],
  ['text/html', null],
  ['nonsense', null],
  ['application/json;q=2', null],
])('Accept: %s takes %s', (accept, type) => {
  expect(chooseMediaType(accept, offered)).toBe(type);
});
