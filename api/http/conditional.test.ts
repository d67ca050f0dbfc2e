import { expect, test } from 'vitest';
import { entityTag, matchesNone, parsePrecondition } from './conditional.ts';
import { formatCoordinate, parseCoordinate } from './coordinate.ts';
import { parseWaitMs } from './prefer.ts';

test.each([
  [undefined, false],
  ['"3.7"', true],
  ['W/"3.7"', true],
  ['"1.1", "3.7"', true],
  ['*', true],
  ['"3.8"', false],
  ['3.7', false],
])('If-None-Match %s: %s', (header, matches) => {
  expect(matchesNone(header, entityTag('3.7'))).toBe(matches);
});

test.each([
  [undefined, undefined, { is: 'none' }],
  ['"4"', undefined, { is: 'version', version: 4 }],
  ['*', undefined, { is: 'present' }],
  [undefined, '*', { is: 'absent' }],
  ['W/"4"', undefined, { is: 'malformed' }],
  ['4', undefined, { is: 'malformed' }],
  [undefined, '"4"', { is: 'malformed' }],
  ['"4"', '*', { is: 'malformed' }],
])('If-Match %s, If-None-Match %s: %j', (ifMatch, ifNoneMatch, precondition) => {
  expect(parsePrecondition(ifMatch, ifNoneMatch)).toEqual(precondition);
});

test.each([
  [undefined, 2_000],
  ['wait=5', 5_000],
  ['respond-async, wait=1', 1_000],
  ['wait=0', 0],
  ['wait=99999', 10_000],
  ['wait=-1', 2_000],
  ['wait', 2_000],
])('Prefer: %s waits %d ms', (prefer, ms) => {
  expect(parseWaitMs(prefer, 2_000)).toBe(ms);
});

test('a coordinate is read as it was written', () => {
  expect(parseCoordinate(formatCoordinate({ partition: 3, offset: 1042 }), 4)).toEqual({
    partition: 3,
    offset: 1042,
  });
});

test.each(['zz', '4:1', '1', '1:', ':1', '-1:2', '1:9999999999999999', '1:2 ', '1.0:2'])(
  '%j is no coordinate',
  (text) => {
    expect(parseCoordinate(text, 4)).toBeNull();
  },
);
