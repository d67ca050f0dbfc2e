import { expect, test } from 'vitest';
import type { Append, AppendOutcome, Log, OutgoingRecord } from '../../infra/clients/log.ts';
import { bytesPerSendMax, createFlusher, splitSends } from './flusher.ts';

interface Send {
  readonly appends: readonly Append[];
  answer(outcomes?: readonly AppendOutcome[]): Promise<void>;
}

/** A log whose answers come when the test says so; partitions 0 and 1 have leader 0, the others leader 1. */
function createHeldLog(): { readonly log: Pick<Log, 'append' | 'leaderOf'>; readonly sends: Send[] } {
  const sends: Send[] = [];
  const log = {
    leaderOf: ({ partition }: { partition: number }) => (partition < 2 ? 0 : 1),
    append: (appends: readonly Append[]) =>
      new Promise<readonly AppendOutcome[]>((resolve) => {
        const usual = appends.map(({ partition }) => appended(BigInt(100 * partition)));
        sends.push({
          appends,
          async answer(outcomes = usual) {
            resolve(outcomes);
            await settled();
          },
        });
      }),
  };
  return { log, sends };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const appended = (baseOffset: bigint): AppendOutcome => ({ is: 'appended', baseOffset, appendTimeMs: 1 });
const records = (count: number, bytes = 1): OutgoingRecord[] =>
  Array.from({ length: count }, () => ({ key: null, value: Buffer.alloc(bytes) }));
const to = (partition: number, count = 1, bytes = 1): Append => ({
  topic: 't',
  partition,
  records: records(count, bytes),
});
const never = new AbortController().signal;

const shapeOf = (send: Send | undefined): unknown =>
  send?.appends.map((append) => [append.partition, append.records.length]);

test('sends what one turn appended together, and what came meanwhile in the next send', async () => {
  const { log, sends } = createHeldLog();
  const flusher = createFlusher(log as Log);
  void flusher.append(to(0, 2), never);
  void flusher.append(to(1, 3), never);
  await settled();
  void flusher.append(to(0, 4), never);
  void flusher.append(to(1, 5), never);
  await settled();
  expect(sends.map(shapeOf)).toEqual([
    [
      [0, 2],
      [1, 3],
    ],
  ]);
  await sends[0]?.answer();
  expect(shapeOf(sends[1])).toEqual([
    [0, 4],
    [1, 5],
  ]);
});

test('joins appends to one partition into one batch and tells each where its own records stand', async () => {
  const { log, sends } = createHeldLog();
  const flusher = createFlusher(log as Log);
  const outcomes = Promise.all([to(1, 2), to(1, 3), to(1, 1)].map((append) => flusher.append(append, never)));
  await settled();
  expect(sends.map(shapeOf)).toEqual([[[1, 6]]]);
  await sends[0]?.answer();
  expect(await outcomes).toEqual([appended(100n), appended(102n), appended(105n)]);
});

test('holds up only the lane of the leader that is slow', async () => {
  const { log, sends } = createHeldLog();
  const flusher = createFlusher(log as Log);
  void flusher.append(to(0), never);
  void flusher.append(to(2), never);
  await settled();
  await sends[1]?.answer();
  void flusher.append(to(0), never);
  void flusher.append(to(3), never);
  await settled();
  expect(sends.map(shapeOf)).toEqual([[[0, 1]], [[2, 1]], [[3, 1]]]);
});

test.each([
  ['records', to(0, 600), to(0, 600), to(0, 100)],
  ['bytes', to(0, 1, 500_000), to(0, 1, 500_000), to(0, 1, 10)],
])('leaves for the next send what exceeds the %s of one batch, in order', async (_, first, second, third) => {
  const { log, sends } = createHeldLog();
  const flusher = createFlusher(log as Log);
  for (const append of [first, second, third]) void flusher.append(append, never);
  await settled();
  await sends[0]?.answer();
  expect(sends.map(({ appends }) => appends[0]?.records)).toEqual([
    first.records,
    [...second.records, ...third.records],
  ]);
});

test('refuses an append larger than a send', () => {
  const flusher = createFlusher(createHeldLog().log as Log);
  expect(() => flusher.append(to(0, 1_001), never)).toThrow(RangeError);
  expect(() => flusher.append(to(0, 2, bytesPerSendMax / 2 + 1), never)).toThrow('at most 1000 and 900000');
});

test('leaves out what was dropped before it was sent', async () => {
  const { log, sends } = createHeldLog();
  const flusher = createFlusher(log as Log);
  void flusher.append(to(0), never);
  await settled();
  const abort = new AbortController();
  const dropped = flusher.append(to(0, 7), abort.signal);
  void flusher.append(to(0, 2), never);
  abort.abort();
  await sends[0]?.answer();
  expect(await dropped).toMatchObject({ is: 'unknown' });
  expect(shapeOf(sends[1])).toEqual([[0, 2]]);
});

test('gives every partition its own outcome, and unknown where the answer has none', async () => {
  const { log, sends } = createHeldLog();
  const flusher = createFlusher(log as Log);
  const outcomes = Promise.all([flusher.append(to(0), never), flusher.append(to(1), never)]);
  await settled();
  await sends[0]?.answer([{ is: 'refused', error: new Error('no') }]);
  expect(await outcomes).toMatchObject([{ is: 'refused' }, { is: 'unknown' }]);
});

test('takes a log that throws for one that does not know, and goes on', async () => {
  let calls = 0;
  const log = {
    leaderOf: () => 0,
    append: async () => {
      calls += 1;
      if (calls === 1) throw new Error('a bug');
      return [appended(5n)];
    },
  };
  const flusher = createFlusher(log as unknown as Log);
  expect(await flusher.append(to(0), never)).toMatchObject({ is: 'unknown' });
  expect(await flusher.append(to(0), never)).toEqual(appended(5n));
});

test('cuts a list into sends by count and by bytes', () => {
  expect(splitSends(records(2_100)).map(({ length }) => length)).toEqual([1_000, 1_000, 100]);
  expect(splitSends(records(3, 400_000)).map(({ length }) => length)).toEqual([2, 1]);
  expect(splitSends([])).toEqual([]);
});
