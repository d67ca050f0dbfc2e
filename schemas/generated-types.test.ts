import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generatedTypes } from './generated-types.ts';

const folder = new URL('./generated/', import.meta.url);

test.each(generatedTypes().map(({ file, text }) => [file, text]))(
  'schemas/generated/%s is what its schema says: otherwise run `npm run generate`',
  (file, text) => {
    expect(readFileSync(new URL(file, folder), 'utf8')).toBe(text);
  },
);

test('nothing else stands beside the generated files', () => {
  expect(readdirSync(folder).sort()).toEqual(
    generatedTypes()
      .map(({ file }) => file)
      .sort(),
  );
});
