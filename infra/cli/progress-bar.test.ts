import { expect, test } from 'vitest';
import { createProgressBar } from './progress-bar.ts';

function stream(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly written: string[] } {
  const written: string[] = [];
  const fake = { isTTY, write: (text: string) => void written.push(text) };
  return { stream: fake as unknown as NodeJS.WriteStream, written };
}

test('on a terminal it redraws one line with count, rate and time left, and ends it', () => {
  const { stream: terminal, written } = stream(true);
  const bar = createProgressBar(false, terminal);
  bar.step('orders', 1, 4);
  expect(written.join('')).toMatch(/^\r.*orders +█{6}░{18} 1\/4 .*\/s, \d+ s left$/);
  bar.step('orders', 2, 4);
  expect(written).toHaveLength(1);
  bar.step('orders', 4, 4);
  expect(written.join('')).toMatch(/4\/4 +\d+\/s\n$/);
  bar.end();
  expect(written.at(-1)).toBe('\n');
});

test('in a log it says one line a phase, and nothing when it shall be quiet', () => {
  const { stream: log, written } = stream(false);
  const bar = createProgressBar(false, log);
  for (const done of [1, 2, 3]) bar.step('stock', done, 3);
  expect(written.join('')).toMatch(/^stock: 3 of 3 in \d+\.\d s\n$/);
  const quiet = stream(true);
  createProgressBar(true, quiet.stream).step('stock', 3, 3);
  expect(quiet.written).toEqual([]);
});
