import { expect, test } from 'vitest';
import type { PartitionLag } from '../../clients/lag/partition-lag.ts';
import { lagText } from './groups-lag.ts';

const nowMs = Date.parse('2026-01-02T03:05:00.000Z');
const took = { owner: 'stock-1', at: '2026-01-02T03:04:05.000Z', durationMs: 41, events: 12 };
const lag: PartitionLag = {
  topic: 'stock.commands.v1',
  partition: 1,
  owner: 'stock-1',
  position: '1.88',
  nextOffset: 90,
  endOffset: 97,
  committedOffset: 90,
  lagRecords: 7,
  lagSeconds: 12.34,
  staleSeconds: null,
  lastTakeOver: took,
};
const lineOf = (row: PartitionLag): string =>
  lagText([{ group: 'stock', members: 1, lagRecords: 7, lagSeconds: 12.34, partitions: [row] }], nowMs).split(
    '\n',
  )[1] ?? '';

test('shows owner, lag in records and seconds, position and last take-over', () => {
  expect(lineOf(lag).replaceAll(/ {2,}/g, ' | ')).toBe(
    'stock | stock.commands.v1 | 1 | stock-1 | 7 | 12.3 s | 1.88 | 55 s ago, 41 ms, 12 events',
  );
});

test('a partition that nobody has tells who had it; what is unknown is a dash, never 0', () => {
  expect(
    lineOf({ ...lag, owner: null, lagRecords: null, lagSeconds: null }).replaceAll(/ {2,}/g, ' | '),
  ).toBe('stock | stock.commands.v1 | 1 | - | - | - | 1.88 | 55 s ago by stock-1, 41 ms, 12 events');
});
