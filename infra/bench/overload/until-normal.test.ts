import { expect, test } from 'vitest';
import { secondsUntilNormal } from './until-normal.ts';

const second = (ok: number, other: number, p99Us: number) => ({ ok, other, p99Us });
const good = second(10, 0, 5);

test('it is normal from the second on after which none is slow, shed or empty', () => {
  expect(secondsUntilNormal([good, good], 10)).toBe(0);
  expect(secondsUntilNormal([second(3, 7, 5), good, good], 10)).toBe(1);
  expect(secondsUntilNormal([good, second(10, 0, 11), good], 10)).toBe(2);
  expect(secondsUntilNormal([second(0, 0, 0), good], 10)).toBe(1);
});

test('what is not normal at the end has not become it', () => {
  expect(secondsUntilNormal([good, second(10, 1, 5)], 10)).toBeNull();
  expect(secondsUntilNormal([], 10)).toBeNull();
});
