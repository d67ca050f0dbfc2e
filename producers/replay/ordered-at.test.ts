import { expect, test } from 'vitest';
import { londonToUtc, parseWallTime, slashOrderOf } from './ordered-at.ts';

const utc = (text: string, order: 'month-first' | 'day-first' = 'month-first'): string | null => {
  const wall = parseWallTime(text, order);
  return wall && londonToUtc(wall);
};

test.each([
  ['2010-12-01 09:32:00', '2010-12-01T09:32:00Z'],
  ['2010-12-01T09:32:00', '2010-12-01T09:32:00Z'],
  ['2010-12-01 09:32', '2010-12-01T09:32:00Z'],
  ['12/1/2010 8:26', '2010-12-01T08:26:00Z'],
  ['12/1/10 8:26', '2010-12-01T08:26:00Z'],
  ['01-12-2010 08:26', '2010-12-01T08:26:00Z'],
  ['2011-07-04 12:00:00', '2011-07-04T11:00:00Z'],
])('reads %s in London as %s', (text, instant) => {
  expect(utc(text)).toBe(instant);
});

test('reads the minutes around the change to summer time', () => {
  expect(utc('2011-03-27 00:59:59')).toBe('2011-03-27T00:59:59Z');
  expect(utc('2011-03-27 02:00:00')).toBe('2011-03-27T01:00:00Z');
});

test('reads the hour March skips with the offset before it', () => {
  expect(utc('2011-03-27 01:00:00')).toBe('2011-03-27T01:00:00Z');
  expect(utc('2011-03-27 01:30:00')).toBe('2011-03-27T01:30:00Z');
});

test('reads the hour October repeats as its first coming', () => {
  expect(utc('2011-10-30 00:59:59')).toBe('2011-10-29T23:59:59Z');
  expect(utc('2011-10-30 01:30:00')).toBe('2011-10-30T00:30:00Z');
  expect(utc('2011-10-30 02:00:00')).toBe('2011-10-30T02:00:00Z');
});

test.each([
  '',
  'yesterday',
  '2010-02-30 10:00:00',
  '2010-12-01',
  '2010-12-01 25:00:00',
  '1999-12-31 10:00:00',
  '13/13/2010 8:26',
  '2010-12-01 08:60:00',
])('reads no time in %j', (text) => {
  expect(utc(text)).toBeNull();
});

test('lets one date that can only be day first decide for the file', () => {
  expect(slashOrderOf(['3/4/2011 8:26', '4/13/2011 8:26'])).toBe('month-first');
  expect(slashOrderOf(['3/4/2011 8:26', '13/4/2011 8:26'])).toBe('day-first');
  expect(utc('3/4/2011 8:26', 'day-first')).toBe('2011-04-03T07:26:00Z');
});
