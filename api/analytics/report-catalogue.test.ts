import { expect, test } from 'vitest';
import { reportCatalogue } from './report-catalogue.ts';

test('what a report means is plain text: the dashboard shows it as it stands', () => {
  const words = Object.values(reportCatalogue).flatMap(({ title, definition, columns }) => [
    title,
    definition,
    ...Object.values<string>(columns),
  ]);
  expect(words.length).toBeGreaterThan(50);
  expect(words.filter((text) => /`|\*\*|\]\(/.test(text))).toEqual([]);
});
