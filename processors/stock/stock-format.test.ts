import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import { stockFormat } from './stock-format.ts';
import { createStock, type Stock } from './stock.ts';
import {
  adjust,
  commitHold,
  halt,
  limit,
  placeHold,
  receive,
  releaseHold,
  restock,
  reverseCommit,
  run,
  shipAllocated,
} from './testing/stock-fixture.ts';

const toHex = (stock: Stock): string => {
  const writer = new ByteWriter();
  stockFormat.write(stock, writer);
  return writer.written().toString('hex');
};

const known = { commandId: 'c-1', fingerprint: 'k1.aa' };

const states: Readonly<Record<string, Stock | undefined>> = {
  empty: createStock('s-1', 'A'),
  'received and adjusted': run([receive(1_000_000_000), adjust(-5), { ...adjust(-2), ...known }]).state,
  'with holds': run([
    receive(100),
    placeHold(1, 3),
    placeHold(2, 4),
    placeHold(3, 5),
    commitHold(2),
    releaseHold(3),
    releaseHold(4),
    { ...halt, commandId: 'c-2', fingerprint: null },
  ]).state,
  'with sales that ended, returns and a limit': run([
    receive(100),
    placeHold(1, 3),
    limit(6),
    placeHold(2, 4),
    placeHold(3, 2),
    placeHold(4, 5, { customerId: 'c-2' }),
    commitHold(1),
    commitHold(2),
    commitHold(3),
    shipAllocated(1, 3),
    reverseCommit(2, 1),
    reverseCommit(3, 2),
    restock('return-1', 2),
  ]).state,
};

const golden = JSON.parse(
  readFileSync(new URL('./golden/stock-format-2.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

test('the golden bytes are of this version: others need a new version and a new file', () => {
  expect(stockFormat.version).toBe('stock-2');
  const known = Object.entries(states).flatMap(([name, stock]) => (stock ? [[name, toHex(stock)]] : []));
  expect(Object.fromEntries(known)).toEqual(golden);
});

test.each(Object.entries(golden))('reads back what it wrote of a SKU: %s', (name, hex) => {
  const reader = new ByteReader(Buffer.from(hex, 'hex'));
  const stock = stockFormat.read(reader);
  expect(stock).toEqual(states[name]);
  expect([...stock.open.keys()]).toEqual([...(states[name]?.open.keys() ?? [])]);
  expect(reader.left).toBe(0);
});
