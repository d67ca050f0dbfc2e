import { expect, test } from 'vitest';
import { orderKeys } from '../../schemas/redis-keys.ts';
import { viewStoreContract } from '../views/testing/view-store.contract.ts';
import { viewStart } from '../views/batch-plan.ts';
import { RedisModel } from './simulated-redis.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { drive } from './testing/drive.ts';
import { simulatedWorld } from './testing/simulated-world.ts';

viewStoreContract('simulated Redis', async () => {
  const { scheduler, linkTo } = simulatedWorld();
  const redis = new RedisModel();
  const driving = drive(scheduler);
  return {
    store: createSimulatedStore(scheduler, linkTo('store'), redis),
    dump: async (partition) =>
      redis.dump().filter(({ key }) => key.startsWith(orderKeys.all(partition).slice(0, -1))),
    ail: async (condition) => void (redis.condition = condition),
    close: () => driving.stop(),
  };
});

test('goes back to a kept state, whatever was written since', () => {
  const redis = new RedisModel();
  redis.beginWipe('position', [null, null, null, null, null], 't');
  redis.endWipe('position', 't', viewStart);
  const apply = (id: number) =>
    redis.apply({
      positionKey: 'position',
      from: { ...viewStart, seq: id },
      next: { ...viewStart, seq: id + 1 },
      streamEventsMax: 10,
      updates: [
        { does: 'list', key: 'list', score: id, member: 'a' },
        { does: 'append', key: 'stream', id: `${id + 1}-0`, order: 'a', event: '{}' },
      ],
    });
  apply(0);
  const kept = redis.keep();
  const dump = redis.dump();
  apply(1);
  expect(redis.dump()).not.toEqual(dump);
  redis.goBack(kept);
  expect(redis.dump()).toEqual(dump);
  apply(1);
  redis.goBack(kept);
  expect(redis.dump()).toEqual(dump);
  redis.empty();
  expect(redis.dump()).toEqual([]);
});
