import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Log, LogReader, LogRecord, ReadSink } from '../log.ts';
import { LogFault } from '../log-fault.ts';
import { numbered, until } from './test-kafka.ts';

/** A log, and what only its owner can do. */
export interface LogUnderTest {
  readonly log: Log;
  createTopic(partitions: number): Promise<string>;
  openReader(topic: string): Promise<LogReader>;
  /** Drops the records before `first`. */
  trim(topic: string, partition: number, first: bigint): Promise<void>;
  close(): Promise<void>;
}

function collect(): ReadSink & { readonly records: LogRecord[]; readonly faults: Error[] } {
  const records: LogRecord[] = [];
  const faults: Error[] = [];
  return {
    records,
    faults,
    onRecords: (more) => void records.push(...more),
    onFatal: (error) => void faults.push(error),
  };
}

const valuesOf = ({ records }: { readonly records: readonly LogRecord[] }): string[] =>
  records.map(({ value }) => String(value));

/** What everybody may rely on in a log and its readers (log.ts); for the real one and for the simulator's. */
export function logContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`${name} as a log`, () => {
    let subject: LogUnderTest;
    let log: Log;
    beforeAll(async () => {
      subject = await open();
      log = subject.log;
    });
    afterAll(() => subject.close());

    test('gives each append its base offset, dense within its partition', async () => {
      const topic = await subject.createTopic(2);
      const first = await log.append([numbered(topic, 0, 3), numbered(topic, 1, 1)]);
      expect(first).toMatchObject([
        { is: 'appended', baseOffset: 0n },
        { is: 'appended', baseOffset: 0n },
      ]);
      expect(await log.append([numbered(topic, 0, 2)])).toMatchObject([{ is: 'appended', baseOffset: 3n }]);
      expect(await log.offsetsOf(topic)).toEqual(
        new Map([
          [0, { first: 0n, end: 5n }],
          [1, { first: 0n, end: 1n }],
        ]),
      );
    });

    test('knows how many partitions there are, and one leader of each', async () => {
      const topic = await subject.createTopic(3);
      expect(await log.partitionsOf(topic)).toBe(3);
      expect(log.leaderOf({ topic, partition: 2 })).toBe(log.leaderOf({ topic, partition: 2 }));
    });

    test('keeps batches that are appended at once whole, each with one append time', async () => {
      const topic = await subject.createTopic(1);
      const sent = await Promise.all([10, 20, 30].map((from) => log.append([numbered(topic, 0, 3, from)])));
      const sink = collect();
      const reader = await subject.openReader(topic);
      reader.read({ topic, partition: 0 }, 0n, sink);
      await until(() => sink.records.length === 9);
      for (const [i, [outcome]] of sent.entries()) {
        if (outcome?.is !== 'appended') throw new Error('not appended');
        const batch = sink.records.slice(Number(outcome.baseOffset), Number(outcome.baseOffset) + 3);
        const from = (i + 1) * 10;
        expect(batch.map(({ value }) => Number(value))).toEqual([from, from + 1, from + 2]);
        expect(new Set(batch.map(({ timestampMs }) => timestampMs))).toEqual(new Set([outcome.appendTimeMs]));
      }
      await reader.close();
    });

    test('appends 1,000 records as one batch', async () => {
      const topic = await subject.createTopic(1);
      expect(await log.append([numbered(topic, 0, 1_000)])).toMatchObject([
        { is: 'appended', baseOffset: 0n },
      ]);
      expect((await log.offsetsOf(topic)).get(0)?.end).toBe(1_000n);
    });

    test.each([
      ['no record', 0],
      ['more than 1,000 records', 1_001],
    ])('refuses an append with %s before anything is sent', async (_, count) => {
      const topic = await subject.createTopic(1);
      expect(await log.append([numbered(topic, 0, count)])).toMatchObject([{ is: 'refused' }]);
      expect((await log.offsetsOf(topic)).get(0)?.end).toBe(0n);
    });

    test('refuses an append that is too large, and one to a topic that is not there', async () => {
      const topic = await subject.createTopic(1);
      const large = { topic, partition: 0, records: [{ key: null, value: Buffer.alloc(1_100_000) }] };
      expect(await log.append([large])).toMatchObject([{ is: 'refused' }]);
      expect(await log.append([numbered(`${topic}-typo`, 0, 1)])).toMatchObject([{ is: 'refused' }]);
      expect((await log.offsetsOf(topic)).get(0)?.end).toBe(0n);
    });

    test('delivers null values and keys, and headers in order', async () => {
      const topic = await subject.createTopic(1);
      const nothing = null as unknown as Buffer;
      const headers = { source: 'stock/3 1.0 -', traceparent: '00-a' };
      const records = [
        { key: null, value: nothing },
        { key: 'k', value: Buffer.from('v'), headers },
      ];
      await log.append([{ topic, partition: 0, records }]);
      const sink = collect();
      const reader = await subject.openReader(topic);
      reader.read({ topic, partition: 0 }, 0n, sink);
      await until(() => sink.records.length === 2);
      expect(sink.records[0]).toMatchObject({ offset: 0n, key: null, value: null, headers: [] });
      expect(sink.records[1]).toMatchObject({ offset: 1n, key: Buffer.from('k'), value: Buffer.from('v') });
      expect(sink.records[1]?.headers.map(([header, value]) => [header, String(value)])).toEqual(
        Object.entries(headers),
      );
      await reader.close();
    });

    test('reads a partition from an offset, follows it, and delivers nothing after stop', async () => {
      const topic = await subject.createTopic(1);
      const reader = await subject.openReader(topic);
      await log.append([numbered(topic, 0, 5)]);
      const sink = collect();
      const read = reader.read({ topic, partition: 0 }, 2n, sink);
      await until(() => sink.records.length === 3);
      await log.append([numbered(topic, 0, 1, 5)]);
      await until(() => sink.records.length === 4);
      read.stop();
      const other = collect();
      reader.read({ topic, partition: 0 }, 5n, other);
      await log.append([numbered(topic, 0, 1, 6)]);
      await until(() => other.records.length === 2);
      expect(valuesOf(sink)).toEqual(['2', '3', '4', '5']);
      expect(valuesOf(other)).toEqual(['5', '6']);
      await reader.close();
    });

    test('waits for the promise of a delivery before the next, while other partitions go on', async () => {
      const topic = await subject.createTopic(2);
      const reader = await subject.openReader(topic);
      let release = (): void => undefined;
      const slow: string[] = [];
      reader.read({ topic, partition: 0 }, 0n, {
        onRecords: (records) => {
          slow.push(...valuesOf({ records }));
          return new Promise((resolve) => {
            release = resolve;
          });
        },
        onFatal: (error) => expect.unreachable(error.message),
      });
      const quick = collect();
      reader.read({ topic, partition: 1 }, 0n, quick);
      await log.append([numbered(topic, 0, 1)]);
      await until(() => slow.length === 1);
      await log.append([numbered(topic, 0, 1, 1), numbered(topic, 1, 1)]);
      await until(() => quick.records.length === 1);
      expect(slow).toEqual(['0']);
      release();
      await until(() => slow.length === 2);
      await reader.close();
    });

    test.each([
      ['below', 0n],
      ['beyond', 5n],
    ])('reports an offset %s the log to that read alone', async (_, from) => {
      const topic = await subject.createTopic(2);
      const reader = await subject.openReader(topic);
      await log.append([numbered(topic, 0, 4), numbered(topic, 1, 1)]);
      await subject.trim(topic, 0, 2n);
      const outside = collect();
      const healthy = collect();
      reader.read({ topic, partition: 0 }, from, outside);
      reader.read({ topic, partition: 1 }, 0n, healthy);
      await until(() => outside.faults.length === 1 && healthy.records.length === 1);
      expect(outside.faults[0]).toBeInstanceOf(LogFault);
      expect(outside.records).toEqual([]);
      expect((await log.offsetsOf(topic)).get(0)).toEqual({ first: 2n, end: 4n });
      await reader.close();
    });

    test.each<[string, ReadSink['onRecords']]>([
      [
        'at once',
        () => {
          throw new Error('a bug');
        },
      ],
      ['later', () => Promise.reject(new Error('a bug'))],
    ])('ends a read whose sink fails %s', async (_, onRecords) => {
      const topic = await subject.createTopic(1);
      const reader = await subject.openReader(topic);
      await log.append([numbered(topic, 0, 1)]);
      const faults: string[] = [];
      const onFatal = (error: Error): void => void faults.push(error.message);
      reader.read({ topic, partition: 0 }, 0n, { onRecords, onFatal });
      await until(() => faults.length === 1);
      expect(faults).toEqual(['a bug']);
      await reader.close();
    });

    test('refuses a second read of a partition', async () => {
      const topic = await subject.createTopic(1);
      const reader = await subject.openReader(topic);
      reader.read({ topic, partition: 0 }, 0n, collect());
      expect(() => reader.read({ topic, partition: 0 }, 0n, collect())).toThrow('being read already');
      await reader.close();
    });
  });
}
