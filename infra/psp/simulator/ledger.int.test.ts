import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from './ledger.ts';
import type { LedgerLine } from './provider.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-ledger-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line = (key: string): LedgerLine => ({
  key,
  sha256: '00',
  kind: 'authorize',
  opId: 'o-1:authorize:1',
  orderId: 'o-1',
  store: 'S1',
  amount: 1,
  currency: 'GBP',
  status: 402,
  done: false,
  object: null,
  atMs: 1,
  reply: '{"text":"a\\nb"}',
  after: null,
});

test('gives back the lines in the order they were appended, also those of one write', async () => {
  const ledger = await openLedger(folder);
  expect(ledger.lines).toEqual([]);
  await Promise.all(['a', 'b', 'c'].map((key) => ledger.append(line(key))));
  await ledger.append(line('d'));
  await ledger.close();
  expect((await openLedger(folder)).lines).toEqual(['a', 'b', 'c', 'd'].map(line));
});

test('cuts off a torn last line and appends after the last whole one', async () => {
  const first = await openLedger(folder);
  await first.append(line('a'));
  await first.close();
  const file = path.join(folder, 'ledger.ndjson');
  await appendFile(file, JSON.stringify(line('torn')).slice(0, 20));
  const second = await openLedger(folder);
  expect(second.lines).toEqual([line('a')]);
  await second.append(line('b'));
  await second.close();
  expect((await readFile(file, 'utf8')).split('\n').length).toBe(3);
  expect((await openLedger(folder)).lines).toEqual([line('a'), line('b')]);
});

test('refuses books that are damaged before their end, and names the line', async () => {
  await writeFile(
    path.join(folder, 'ledger.ndjson'),
    `${JSON.stringify(line('a'))}\n{"key":\n${JSON.stringify(line('b'))}\n`,
  );
  await expect(openLedger(folder)).rejects.toThrow(/ledger\.ndjson:2 is not JSON/);
});
