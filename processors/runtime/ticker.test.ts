import { expect, test } from 'vitest';
import type { Body, CommandEnvelope } from '../../schemas/envelope.ts';
import { tickKeyOf } from '../../schemas/murmur2.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import type { Append, AppendOutcome } from '../../infra/clients/log.ts';
import { ModelClock } from './testing/model-clock.ts';
import { createTicker } from './ticker.ts';

function start(
  answer: () => Promise<AppendOutcome> = async () => ({ is: 'appended', baseOffset: 3n, appendTimeMs: 1 }),
  dueInMs: readonly number[] = [Number.POSITIVE_INFINITY],
) {
  const clock = new ModelClock();
  const startMs = clock.nowMs();
  const ticks: { readonly atMs: number; readonly append: Append }[] = [];
  const answered: bigint[] = [];
  const codec = createTopicCodec<CommandEnvelope<Body>>('stock.commands.v1', 7);
  const ticker = createTicker({
    clock,
    codec,
    partitions: 4,
    flusher: {
      append: (append) => {
        ticks.push({ atMs: clock.nowMs() - startMs, append });
        return answer();
      },
    },
    ownedNow: () =>
      dueInMs.map((dueMs, i) => ({
        inbox: { topic: codec.topic, partition: 2 + i },
        writer: 'w',
        nextDueMs: () => (clock.nowMs() <= startMs + dueMs ? startMs + dueMs : Number.POSITIVE_INFINITY),
        sendTick: () => (offset) => void answered.push(offset),
      })),
  });
  return { clock, ticker, ticks, answered, codec, times: () => ticks.map(({ atMs }) => atMs) };
}

test('ticks once a second for 5 s after the last command, then half as often each time, up to 15 s', async () => {
  const { clock, ticker, times } = start();
  ticker.noteTraffic();
  await clock.advance(65_000);
  expect(times()).toEqual([
    0, 1_000, 2_000, 3_000, 4_000, 5_000, 7_000, 11_000, 19_000, 34_000, 49_000, 64_000,
  ]);
});

test('ticks all partitions once a second while one of them has a deadline within the next minute', async () => {
  const { clock, ticker, ticks } = start(undefined, [Number.POSITIVE_INFINITY, 100_000]);
  ticker.noteTraffic();
  await clock.advance(120_000);
  const of = (partition: number): number[] =>
    ticks.filter(({ append }) => append.partition === partition).map(({ atMs }) => atMs);
  expect(of(2)).toEqual(of(3));
  const late = of(3).filter((atMs) => atMs >= 49_000);
  expect(late.slice(0, 3)).toEqual([49_000, 50_000, 51_000]);
  expect(late.filter((atMs) => atMs <= 101_000)).toHaveLength(53);
  expect(late.filter((atMs) => atMs > 101_000).length).toBeLessThan(6);
});

test('is back at once on the first command, but never more than once a second', async () => {
  const { clock, ticker, times } = start();
  ticker.noteTraffic();
  await clock.advance(20_000);
  ticker.noteTraffic();
  await clock.advance(300);
  ticker.noteTraffic();
  await clock.advance(1_000);
  expect(times().slice(-2)).toEqual([20_000, 21_000]);
  ticker.noteTraffic();
  await clock.advance(0);
  expect(times().at(-1)).toBe(21_000);
});

test('writes a Tick under the key of the partition, and tells where it stands', async () => {
  const { clock, ticker, ticks, answered, codec } = start();
  ticker.noteTraffic();
  await clock.advance(0);
  const [record] = ticks[0]?.append.records ?? [];
  expect(ticks[0]?.append).toMatchObject({ topic: 'stock.commands.v1', partition: 2 });
  expect(record?.key).toBe(tickKeyOf(2, 4));
  expect(codec.decode(record?.value ?? null)).toMatchObject({
    value: { store: '', body: { type: 'Tick', writer: 'w' } },
  });
  expect(answered).toEqual([3n]);
});

test('has one Tick a partition on its way at most', async () => {
  const { clock, ticker, times } = start(() => new Promise(() => undefined));
  ticker.noteTraffic();
  await clock.advance(10_000);
  expect(times()).toEqual([0]);
});

test('ticks no more after its stop', async () => {
  const { clock, ticker, times } = start();
  ticker.noteTraffic();
  await clock.advance(500);
  ticker.stop();
  ticker.noteTraffic();
  await clock.advance(30_000);
  expect(times()).toEqual([0]);
});
