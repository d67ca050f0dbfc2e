import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from '../config/config.ts';
import { createLocalStack, onSharedCoresBriefly, type LocalStack } from './local-stack.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = createLocalStack(onSharedCoresBriefly);
  await stack.up();
});
afterAll(async () => {
  expect(await stack.remove()).toBe(0);
});

const file = path.join(repositoryRoot, 'producers/replay/data/online-retail-a.csv');

interface Status {
  readonly tables: readonly {
    readonly table: string;
    readonly journal: string;
    readonly rows: number;
    readonly completeUntil: string | null;
  }[];
}

test('an operator checks the tables, rebuilds the ledger beside the live one and exchanges it, and each time the audit passes', async () => {
  expect(await stack.json('migrate', 'plan', '--json')).toMatchObject({ pending: [] });
  expect(await stack.json('migrate', 'check', '--json')).toMatchObject({ findings: [] });
  expect(await stack.json('migrate', 'up', '--json')).toMatchObject({ applied: [] });
  expect((await stack.run('sink', 'compare')).code).toBe(3);

  await stack.json('replay', file, '--rate', 'max', '--limit', '60', '--json');
  const before = await stack.run('verify', '--wait', '300', '--json');
  expect(before.code, before.stdout.slice(-2_000)).toBe(0);
  const { tables } = (await stack.json('sink', 'status', '--json')) as Status;
  const stock = tables.find(({ table }) => table === 'stock_movements');
  expect(stock).toMatchObject({ journal: 'stock.events.v1', completeUntil: expect.any(String) });
  expect(stock?.rows).toBeGreaterThan(60);

  expect(await stack.json('sink', 'rebuild', '--yes', '--json')).toMatchObject({ differing: 0 });
  expect(await stack.json('sink', 'flip', '--yes', '--json')).toEqual({ flipped: true });
  expect((await stack.run('sink', 'rebuild', '--yes')).code).toBe(4); // the former one is not rebuilt on
  await stack.json('replay', file, '--rate', 'max', '--limit', '90', '--json');
  const after = await stack.run('verify', '--wait', '300', '--json');
  expect(after.code, after.stdout.slice(-2_000)).toBe(0);
  expect(await stack.json('sink', 'flip', '--yes', '--json')).toEqual({ flipped: true });
  const back = await stack.run('verify', '--wait', '300', '--json');
  expect(back.code, back.stdout.slice(-2_000)).toBe(0);
  expect(await stack.json('sink', 'drop', '--yes', '--json')).toEqual({ dropped: true });
});
