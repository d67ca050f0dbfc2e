import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../config/config.ts';

const folder = path.join(repositoryRoot, 'artifacts', 'counts');
const countsSchema = z.record(z.string(), z.number());

/** Leaves what a long test has done, in numbers, for the end of `npm test`: a green line alone does not say it. */
export function writeTestCounts(suite: string, counts: Readonly<Record<string, number>>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${suite}.json`), JSON.stringify(counts));
}

/** Forgets what an earlier run left. */
export const clearTestCounts = (): void => rmSync(folder, { recursive: true, force: true });

/** One line a suite: `chaos: 20000 orders, 71 kills`. */
export const testCountLines = (): readonly string[] =>
  globSync('*.json', { cwd: folder })
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => {
      const counts = countsSchema.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
      return countLine(path.basename(file, '.json'), counts);
    });

export function countLine(suite: string, counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return `${suite}: ${told.join(', ')}`;
}
