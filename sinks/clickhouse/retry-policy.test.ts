import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { mayPass } from './retry-policy.ts';
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
