import { expect, test } from 'vitest';
import { LiveViews } from '../../infra/clients/live-views.ts';
import type { Redis } from '../../infra/clients/redis.ts';
import { OrderIndex } from './order-index.ts';
import { readList } from './read-list.ts';
import { StockIndex } from './stock-index.ts';
import { WaitingOrders } from './waiting-orders.ts';

const filter = { store: 's', status: null, customerId: null, sku: null, fromMs: null, toMs: null };
const lists: readonly (readonly [string, (views: LiveViews) => Promise<object>])[] = [
  ['orders', (views) => new OrderIndex(views, 2).page({ filter, newestFirst: true, limit: 5, behind: null })],
  ['SKUs', (views) => new StockIndex(views, 2).page({ store: 's', limit: 5, behind: null })],
  ['stuck orders', (views) => new WaitingOrders(views, 2).stuck('s', ['money', 'person'], 5)],
];

/** A Redis of views without rows; `beforeRows` runs when the first row is asked for. */
function redisThat(beforeRows: (redis: { position: readonly (string | null)[] }) => void): LiveViews {
  const state = { position: ['40', '1000'] as readonly (string | null)[] };
  const rows = async () => {
    beforeRows(state);
    return [];
  };
  const redis = {
    hget: async () => null,
    hmget: async () => state.position,
    zrevrangebyscore: rows,
    zrangebyscore: rows,
    zrangebylex: rows,
    zcard: async () => 0,
  };
  return new LiveViews(redis as unknown as Redis);
}

test.each(lists)('a list of %s is complete until the watermark from before its rows', async (_, list) => {
  const views = redisThat((redis) => (redis.position = ['41', '2000']));
  expect(await list(views)).toMatchObject({ completeUntilMs: 1_000 });
});

test.each(lists)('a list of %s from a Redis that is emptied under it is refused', async (_, list) => {
  const views = redisThat((redis) => (redis.position = [null, null]));
  await expect(list(views)).rejects.toMatchObject({ code: 'view-unavailable' });
});

test.each(lists)('a list of %s from a Redis set back to an older state is refused', async (_, list) => {
  const views = redisThat((redis) => (redis.position = ['39', '900']));
  await expect(list(views)).rejects.toMatchObject({ code: 'view-unavailable' });
});

test('one partition that goes back is enough; the lowest watermark counts, and none where a view has not begun', async () => {
  const looks = async (...answers: readonly (readonly (string | null)[])[]) => {
    const left = [...answers];
    const positionOf = async () => left.shift() ?? [];
    return readList({ partitions: 2, positionOf }, async () => ({}));
  };
  expect(await looks(['4', '400'], ['3', '300'], ['4', '400'], ['3', '300'])).toEqual({
    completeUntilMs: 300,
  });
  expect(await looks(['4', '400'], [null, null], ['4', '400'], ['3', '300'])).toEqual({
    completeUntilMs: null,
  });
  await expect(looks(['4', '400'], ['3', '300'], ['5', '500'], ['2', '900'])).rejects.toMatchObject({
    code: 'view-unavailable',
  });
});
