import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../config/config.ts';
import { seedsFor } from './hunt.ts';
import { mutants } from './mutants.ts';
import { testedMutants } from './tested-mutants.ts';
import { pageFile, seedsOfPage } from './mutants-page.ts';
import { edited, plantedTexts } from './plant.ts';

test.each([...mutants, ...testedMutants].map((mutant) => [mutant.name, mutant] as const))(
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

test('names are given once, and the tests that must fail are there', () => {
  const names = [...mutants, ...testedMutants].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { test: held } of testedMutants)
    expect(existsSync(path.join(repositoryRoot, held.file)), held.file).toBe(true);
});

test('the page tells of every mutant', () => {
  const page = readFileSync(pageFile, 'utf8');
  for (const { name, undoes } of [...mutants, ...testedMutants])
    expect(page).toContain(`| \`${name}\` | ${undoes} |`);
});

test('the page says of every hunted mutant at which seed it was caught', () => {
  const seeds = seedsOfPage(readFileSync(pageFile, 'utf8'));
  expect([...seeds.keys()]).toEqual(mutants.map(({ name }) => name));
  expect(Math.max(...seeds.values())).toBeLessThanOrEqual(300);
});

test('a hunt tries each seed once, the one that caught the mutant before first', () => {
  const caughtBefore = new Map([['a', 3]]);
  expect(seedsFor({ name: 'a' }, { seeds: 4, caughtBefore })).toEqual([3, 1, 2, 4]);
  expect(seedsFor({ name: 'a' }, { seeds: 2, caughtBefore })).toEqual([1, 2]);
  expect(seedsFor({ name: 'b' }, { seeds: 2, caughtBefore })).toEqual([1, 2]);
  expect(seedsFor({ name: 'a' }, { seeds: 2 })).toEqual([1, 2]);
});
