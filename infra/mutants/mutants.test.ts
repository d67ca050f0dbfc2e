import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../config/config.ts';
import { heldElsewhere, mutants } from './mutants.ts';
import { pageFile } from './mutants-page.ts';
import { edited, plantedTexts } from './plant.ts';

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  '%s: every text it replaces stands in its file once',
  (_, { edits }) => {
    for (const [file, text] of plantedTexts(edits))
      expect(text).not.toBe(readFileSync(path.join(repositoryRoot, file), 'utf8'));
  },
);

test('a text that is gone, or stands twice, is an error that names the file', () => {
  const edit = { file: 'a.ts', from: 'x', to: 'y' };
  expect(edited('axb', edit)).toBe('ayb');
  expect(() => edited('ab', edit)).toThrow('not in a.ts');
  expect(() => edited('axbx', edit)).toThrow('2 times in a.ts');
});

test('names are given once, and the tests that hold the other rules are there', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { test: file } of heldElsewhere)
    expect(existsSync(path.join(repositoryRoot, file)), file).toBe(true);
});

test('the page tells of every mutant and of every rule held elsewhere', () => {
  const page = readFileSync(pageFile, 'utf8');
  for (const { name, undoes } of mutants) expect(page).toContain(`| \`${name}\` | ${undoes} |`);
  for (const { rule } of heldElsewhere) expect(page).toContain(`| ${rule} |`);
});
