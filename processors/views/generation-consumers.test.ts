import { expect, test } from 'vitest';
import type { JournalConsumer } from '../../infra/clients/journal-consumer.ts';
import type { ViewGeneration } from '../../schemas/redis-keys.ts';
import { ModelClock } from '../runtime/testing/model-clock.ts';
import { createGenerationConsumers } from './generation-consumers.ts';

test('a consumer runs for each generation that is kept, and for no other; a store that is away changes nothing', async () => {
  let kept: readonly ViewGeneration[] | null = ['v1'];
  const running = new Set<ViewGeneration>();
  const create = (generation: ViewGeneration): JournalConsumer => ({
    start: async () => void running.add(generation),
    readiness: () => ({ ready: true, checks: { 'orders.events.v1/0': 'reading' } }),
    progress: () => [],
    stop: async () => void running.delete(generation),
  });
  const clock = new ModelClock();
  const consumers = createGenerationConsumers({
    kept: () => (kept ? Promise.resolve(new Set(kept)) : Promise.reject(new Error('Redis is away'))),
    create,
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await consumers.start();
  expect([...running]).toEqual(['v1']);
  expect(Object.keys(consumers.readiness().checks)).toEqual(['orders.events.v1/0']);
  kept = ['v1', 'v2'];
  await clock.advance(1_000);
  expect([...running]).toEqual(['v1', 'v2']);
  expect(Object.keys(consumers.readiness().checks)).toEqual([
    'v1 orders.events.v1/0',
    'v2 orders.events.v1/0',
  ]);
  kept = null;
  await clock.advance(3_000);
  expect([...running]).toEqual(['v1', 'v2']);
  kept = ['v2'];
  await clock.advance(1_000);
  expect([...running]).toEqual(['v2']);
  await consumers.stop();
  expect([...running]).toEqual([]);
});
