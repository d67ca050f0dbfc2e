import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { metricSources } from './metrics-page.ts';
import { referencePages } from './reference-pages.ts';

const root = new URL('../../', import.meta.url);
const pages = referencePages();

test.each(pages.map(({ file, text }) => [file, text]))(
  'docs/reference/%s is what the code says: otherwise run `npm run generate`',
  (file, text) => {
    expect(readFileSync(new URL(`docs/reference/${file}`, root), 'utf8')).toBe(text);
  },
);

test('nothing else stands beside the generated pages', () => {
  expect(readdirSync(new URL('docs/reference/', root)).sort()).toEqual(pages.map(({ file }) => file).sort());
});

test('every file that makes a metric is on the metrics page', () => {
  const makers = execFileSync(
    'git',
    ['grep', '-lE', 'new (Counter|Gauge|Histogram|Summary)\\(', '--', '*.ts'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const production = makers
    .trim()
    .split('\n')
    .filter((file) => !/\.test\.ts$|\/testing\//.test(file));
  expect(production).toEqual(metricSources.map(({ file }) => file).sort());
});
