import { expect, test } from 'vitest';
import { LiveViews } from '../../infra/clients/live-views.ts';
import type { Redis } from '../../infra/clients/redis.ts';
import { fakePipeline } from '../testing/fake-pipeline.ts';
import type { CommandReading } from './parked-placing.ts';
import { OrderReader } from './order-reader.ts';

/** A Redis without orders, whose positions are read one after the other. */
function read(...positions: readonly (readonly (string | null)[])[]) {
  const left = [...positions];
  const commands = {
    hget: () => null,
    mget: (keys: readonly string[]) => keys.map(() => null),
    hmget: () => left.shift(),
  };
  const views = new LiveViews({ pipeline: () => fakePipeline(commands) } as unknown as Redis);
  return new OrderReader(views, 1, {} as unknown as CommandReading).read('an order');
}

test('an order that is absent is absent at the position read before it', async () => {
  expect(await read(['40', '1000'], ['41', '2000'])).toEqual({
    partition: 0,
    order: null,
    placing: null,
    position: { cause: 40, atMs: 1_000 },
  });
});

test('where Redis was emptied between position and order, the order is absent at no position', async () => {
  expect((await read(['40', '1000'], [null, null])).position).toEqual({ cause: -1, atMs: null });
});
