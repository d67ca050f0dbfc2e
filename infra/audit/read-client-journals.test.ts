import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readClientJournals } from './read-client-journals.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-journals-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function keysOf(from: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, step } of readClientJournals(from)) keys.push(`${key} ${step}`);
  return keys;
}

test('reads every journal of the folder, and leaves out the torn line of a killed client', async () => {
  const line = (key: string, step: string): string =>
    JSON.stringify({
      atMs: 1,
      step,
      store: 'demo',
      method: 'POST',
      path: '/v1/orders',
      key,
      digest: 'd',
      status: null,
      code: null,
      orderId: null,
      commandId: null,
    });
  writeFileSync(path.join(folder, 'b.ndjson'), `${line('k2', 'invoke')}\n`);
  writeFileSync(
    path.join(folder, 'a.ndjson'),
    `${line('k1', 'invoke')}\n${line('k1', 'ok')}\n${line('k1', 'ok').slice(0, 40)}`,
  );
  writeFileSync(path.join(folder, 'notes.txt'), 'not a journal');
  expect(await keysOf(folder)).toEqual(['k1 invoke', 'k1 ok', 'k2 invoke']);
});

test('a folder that is not there holds no steps', async () => {
  expect(await keysOf(path.join(folder, 'absent'))).toEqual([]);
});
