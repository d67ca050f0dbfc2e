import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readLogs, textsOf } from './read-texts.ts';
import { createSecretScan } from './secret-scan.ts';

const scan = createSecretScan(['canary.1', '']);
const key = `mr_test_${'1f'.repeat(8)}_${'Zz9_-0a'.repeat(7)}`;

test.each([
  ['a card', 'pay with 4111111111111111.'],
  ['a card at the end of a text', '4111111111111111'],
  ['a card in groups', 'card 4111-1111-1111-1111 please'],
  ['an American Express card in its groups', '3782 822463 10005'],
  ['a key', `Bearer ${key}`],
  ['a canary', 'before canary.1after'],
])('finds %s', (_, text) => {
  expect(scan(text, true)).toEqual(expect.any(String));
});

test.each([
  ['a number that is no card', '4111111111111112'],
  ['a time in ms', 'at 1767614400000'],
  ['digits within a digest', 'a4111111111111111f'],
  ['digits of a base64 text', 'x/4111111111111111=='],
  ['a decimal', '4111111111111111.25'],
  ['a shorter number', '411111111111'],
  ['a canary spelled otherwise', 'canaryX1'],
  ['a key without its secret', 'mr_test_1f1f1f1f1f1f1f1f'],
])('passes %s', (_, text) => {
  expect(scan(text, true)).toBeNull();
});

test('looks for cards in texts alone, for keys and canaries everywhere', () => {
  expect(scan('\u0000 4111111111111111 \u0001', false)).toBeNull();
  expect(scan(`\u0000${key}\u0001`, false)).not.toBeNull();
});

test('a line of JSON is a line for canaries, its texts for cards, its numbers for neither', () => {
  const line = '{"id":4111111111111111,"msg":"4111111111111111","deep":["canary.1"]}';
  const found = [...textsOf(line, 'api.log:3', true)].map(({ where, text, isText }) => [
    where,
    scan(text, isText),
  ]);
  expect(found.filter(([, what]) => what !== null)).toHaveLength(3);
  for (const isRole of [true, false])
    expect([...textsOf('no JSON', 'x', isRole)]).toEqual([{ where: 'x', text: 'no JSON', isText: isRole }]);
  expect(scan('{"id":4111111111111111}', false)).toBeNull();
});

test('reads every log of a folder, and only those; an engine’s numbers are no cards', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'logs-'));
  try {
    writeFileSync(path.join(folder, 'api.log'), '{"level":30}\nstack trace 4111111111111111\n');
    writeFileSync(path.join(folder, 'kafka.log'), `free 4111111111111111\n${key}\n`);
    writeFileSync(path.join(folder, 'other.txt'), key);
    const found: string[] = [];
    for await (const { where, text, isText } of readLogs(folder))
      if (scan(text, isText) !== null) found.push(where);
    expect(found).toEqual(['api.log:2', 'kafka.log:2']);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for await (const _ of readLogs(path.join(folder, 'gone'))) throw new Error('there is no folder');
});
