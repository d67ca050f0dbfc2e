import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { streamEventsMax } from '../../schemas/redis-keys.ts';
import type { OrderEventStream, StreamedEvent } from './order-event-stream.ts';
import { OrderEventTail } from './order-event-tail.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A partition's stream that stands as it is told: the seqs of one order's events. */
function streamOf(...seqs: readonly number[]) {
  let kept = seqs;
  const events = (): StreamedEvent[] =>
    kept.map((seq) => ({ seq, event: { orderId: 'o-1' } as StreamedEvent['event'] }));
  const stream = {
    ends: async () => (kept.length === 0 ? null : { oldest: kept[0], newest: kept.at(-1) }),
    after: async (_: number, seq: number) => events().filter((one) => one.seq > seq),
  } as unknown as OrderEventStream;
  return { stream, becomes: (...to: readonly number[]) => void (kept = to) };
}

async function followed(stream: OrderEventStream) {
  const told: (number | 'gap')[] = [];
  const leave = await new OrderEventTail(stream).follow(0, {
    orderId: 'o-1',
    onEvent: ({ seq }) => void told.push(seq),
    onGap: () => void told.push('gap'),
  });
  return { told, leave, polls: (count: number) => vi.advanceTimersByTimeAsync(count * 100) };
}

test('hands out what comes after the newest of now', async () => {
  const { stream, becomes } = streamOf(3, 4);
  const { told, polls, leave } = await followed(stream);
  becomes(3, 4, 6);
  await polls(2);
  becomes(6, 7);
  await polls(2);
  expect(told).toEqual([6, 7]);
  leave();
  becomes(6, 7, 8);
  await polls(3);
  expect([told, vi.getTimerCount()]).toEqual([[6, 7], 0]);
});

test('a stream that is wiped, rebuilt shorter or trimmed beyond the last one is a gap, once', async () => {
  const { stream, becomes } = streamOf(3, 4);
  const { told, polls } = await followed(stream);
  becomes();
  await polls(5);
  expect(told).toEqual(['gap']);
  becomes(1, 2);
  await polls(2);
  becomes(1);
  await polls(3);
  becomes(5, 6);
  await polls(3);
  expect(told).toEqual(['gap', 1, 2, 'gap', 'gap']);
});

test('a stream that was empty from the beginning misses nothing, whatever its first entry', async () => {
  const { stream, becomes } = streamOf();
  const { told, polls } = await followed(stream);
  await polls(5);
  becomes(3);
  await polls(1);
  expect(told).toEqual([3]);
});

test('one that is full when it is seen again was trimmed meanwhile', async () => {
  const { stream, becomes } = streamOf(3, 4);
  const { told, polls } = await followed(stream);
  becomes();
  await polls(2);
  becomes(5_001, 5_000 + streamEventsMax);
  await polls(2);
  expect(told).toEqual(['gap', 'gap']);
});
