import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientTypesFile, isOfTodaysDocument } from './client-types.ts';

const text = readFileSync(new URL(`../../${clientTypesFile}`, import.meta.url), 'utf8');

test("the client's types are of today's OpenAPI document: otherwise run `npm run generate`", () => {
  expect(isOfTodaysDocument(text)).toBe(true);
});

test('types that somebody changed by hand are noticed', () => {
  expect(isOfTodaysDocument(text.replace('orderId: string', 'orderId: number'))).toBe(false);
  expect(isOfTodaysDocument('')).toBe(false);
});
