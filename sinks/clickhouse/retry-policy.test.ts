import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { delayMsOf, mayPass, untilItWorks } from './retry-policy.ts';
import { LedgerDamaged } from './insert-block.ts';

const answered = (code: string) => new ClickHouseError({ message: 'no', code, type: 'X' });

test.each([
  ['a broken connection', new Error('socket hang up'), true],
  ['too little memory', answered('241'), true],
  ['too many parts', answered('252'), true],
  ['a code nobody listed', answered('999'), true],
  ['an unknown table', answered('60'), false],
  ['refused access', answered('497'), false],
  ['damaged tables', new LedgerDamaged('more rows'), false],
  ['a value that does not fit', new RangeError('column at'), false],
])('%s: trying again helps or not', (_, error, passes) => {
  expect(mayPass(error)).toBe(passes);
});

test('tries until it works and counts the attempts', async () => {
  const pauses: number[] = [];
  const seen: number[] = [];
  const port = {
    pause: async (delayMs: number) => void pauses.push(delayMs),
    random: () => 1,
    onFailure: (_: unknown, attempt: number) => void seen.push(attempt),
  };
  const done = await untilItWorks(port, async (attempt) => {
    if (attempt < 4) throw new Error('away');
    return attempt;
  });
  expect([done, seen, pauses]).toEqual([4, [1, 2, 3], [400, 800, 1600]]);
});

test('gives up at once on what cannot pass', async () => {
  const port = { pause: () => Promise.reject(new Error('paused')), random: () => 0, onFailure: () => undefined };
  await expect(untilItWorks(port, () => Promise.reject(answered('60')))).rejects.toMatchObject({ code: '60' });
});

test('waits ten seconds at most', () => {
  expect(delayMsOf(1_000, 1)).toBe(10_000);
});
