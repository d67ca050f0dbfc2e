import { expect, test } from 'vitest';
import type { LogRecord, ReadSink } from '../clients/log.ts';
import type { ChaosRun } from './chaos-run.ts';
import { keptBytesOf } from './unreadable-records.ts';

/** A log whose quarantine topics hold these records, `<topic>/<partition>:<offset>` and bytes, in partition 0. */
function logWith(
  topics: Readonly<Record<string, readonly (readonly [string, string])[]>>,
): ChaosRun['sources'] {
  const recordsOf = (topic: string): LogRecord[] =>
    (topics[topic] ?? []).map(([key, value], i) => ({
      offset: BigInt(i),
      timestampMs: 0,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: [],
    }));
  const offsetsOf = (topic: string) =>
    Promise.resolve(new Map([[0, { first: 0n, end: BigInt(recordsOf(topic).length) }]]));
  const read = ({ topic }: { topic: string }, _: bigint, sink: ReadSink) => {
    void sink.onRecords(recordsOf(topic));
    return { stop: () => undefined };
  };
  return { log: { offsetsOf }, reader: { read }, partitions: 1 } as unknown as ChaosRun['sources'];
}

const unreadable = [0n, 1n, 2n].map((offset) => ({
  topic: 'orders.commands.v1',
  partition: 3,
  offset,
  value: Buffer.from(`bytes ${offset}`),
}));

test('finds the bytes of each record, and those that were kept twice', async () => {
  const sources = logWith({
    'orders.quarantine.v1': [
      ['orders.commands.v1/3:0', 'bytes 0'],
      ['orders.commands.v1/3:1', 'bytes 1'],
      ['orders.commands.v1/3:1', 'bytes 1'],
      ['orders.commands.v1/3:2', 'bytes 2'],
    ],
  });
  expect(await keptBytesOf({ sources, unreadable })).toEqual({ lost: [], again: 1 });
});

test('bytes that are missing, changed, or stand under another coordinate are lost', async () => {
  const sources = logWith({
    'orders.quarantine.v1': [
      ['orders.commands.v1/3:0', 'bytes'],
      ['orders.commands.v1/2:1', 'bytes 1'],
    ],
    'stock.quarantine.v1': [['stock.commands.v1/3:2', 'bytes 2']],
  });
  const lost = unreadable.map(({ offset }) => `orders.commands.v1/3:${offset}`);
  expect(await keptBytesOf({ sources, unreadable })).toEqual({ lost, again: 0 });
});
