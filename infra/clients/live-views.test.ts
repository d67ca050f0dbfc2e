import { expect, test } from 'vitest';
import { fakePipeline } from '../../api/testing/fake-pipeline.ts';
import { generationsKey } from '../../schemas/redis-keys.ts';
import { LiveViews } from './live-views.ts';
import type { Redis } from './redis.ts';

/** Readers of a Redis in which these generations are live, by partition; each position is its own key. */
function views(live: Readonly<Record<number, string>>, fails: () => boolean = () => false) {
  const asked: string[] = [];
  const generations = new Map(
    Object.entries(live).map(([at, of]) => [generationsKey('orders', Number(at)), of]),
  );
  const commands = {
    hget: (key: string) => generations.get(key) ?? null,
    get: (key: string) => {
      if (fails()) throw new Error('LOADING');
      asked.push(key);
      return key;
    },
  };
  return { views: new LiveViews({ pipeline: () => fakePipeline(commands) } as unknown as Redis), asked };
}

const positions = (of: LiveViews, partitions: readonly number[]) =>
  of.ordersOfEach(partitions, (partition, keys, pipeline) => void pipeline.get(keys.position(partition)));

test('each partition answers in the generation that is live there, and only those that were mistaken are asked again', async () => {
  const { views: of, asked } = views({ 1: 'v2' });
  const answers = await positions(of, [0, 1]);
  expect(Object.fromEntries(answers)).toEqual({ 0: ['v1:{o0}:position'], 1: ['v2:{o1}:position'] });
  expect(asked).toEqual(['v1:{o0}:position', 'v1:{o1}:position', 'v2:{o1}:position']);
  expect((await positions(of, [1])).get(1)).toEqual(['v2:{o1}:position']);
  expect(asked).toHaveLength(4);
});

test('an error of one command is the error of the question', async () => {
  await expect(positions(views({}, () => true).views, [0])).rejects.toThrow('LOADING');
});
