import { expect, test } from 'vitest';
import type { LogRecord } from './log.ts';
import { createRecordQueue } from './record-queue.ts';

const record = (offset: number, bytes = 1): LogRecord => ({
  offset: BigInt(offset),
  timestampMs: 0,
  key: null,
  value: Buffer.alloc(bytes),
  headers: [],
});
const records = (count: number): LogRecord[] => Array.from({ length: count }, (_, i) => record(i));
const never = new AbortController().signal;

function counted(limits: { recordsMax?: number; bytesMax?: number }) {
  const told: string[] = [];
  const queue = createRecordQueue({
    ...limits,
    onFull: () => told.push('full'),
    onRoom: () => told.push('room'),
  });
  return { told, queue };
}

test('gives records in the order they came, at most so many at once', async () => {
  const { queue } = counted({});
  queue.push(records(3));
  expect((await queue.take(2, never)).map(({ offset }) => offset)).toEqual([0n, 1n]);
  expect((await queue.take(2, never)).map(({ offset }) => offset)).toEqual([2n]);
});

test('waits for the first record', async () => {
  const { queue } = counted({});
  const taking = queue.take(10, never);
  queue.push(records(1));
  expect(await taking).toHaveLength(1);
});

test('says once that it is full, by count or by bytes, and once that half is free again', async () => {
  const { queue, told } = counted({ recordsMax: 4 });
  queue.push(records(4));
  queue.push(records(1));
  await queue.take(2, never);
  expect(told).toEqual(['full']);
  await queue.take(1, never);
  expect(told).toEqual(['full', 'room']);
  const byBytes = counted({ bytesMax: 100 });
  byBytes.queue.push([record(0, 60), record(1, 60)]);
  await byBytes.queue.take(1, never);
  expect(byBytes.told).toEqual(['full']);
  await byBytes.queue.take(1, never);
  expect(byBytes.told).toEqual(['full', 'room']);
});

test('a waiting take ends empty when woken or aborted', async () => {
  const { queue } = counted({});
  const woken = queue.take(1, never);
  queue.wake();
  expect(await woken).toEqual([]);
  const ended = new AbortController();
  const aborted = queue.take(1, ended.signal);
  ended.abort();
  expect(await aborted).toEqual([]);
});
