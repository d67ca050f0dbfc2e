import { Redis } from 'ioredis';
import { systemClock } from '../../../infra/clients/clock.ts';
import { systemRandom } from '../../../infra/clients/random.ts';
import type { ContractConsumer } from '../../../infra/clients/testing/consumer.contract.ts';
import { handWrittenJournal, startFold } from '../../../infra/clients/testing/journal-contract.ts';
import { orderKeys } from '../../../schemas/redis-keys.ts';
import { orderDocuments } from '../order-documents.ts';
import { createRedisView } from '../redis-view.ts';
import { createRedisViewStore } from '../redis-view-store.ts';
import { createViewFold } from '../view-fold.ts';
import type { ViewStore } from '../view-store.ts';
import { confirmedOrder } from './order-journal.ts';
import { testEngines } from '../../../infra/local/testing/test-engines.ts';

/** The view of orders; an order's effect is its OrderConfirmed in the partition's stream. */
export const viewConsumer: ContractConsumer = {
  name: 'views',
  reads: 'journal',
  source: orderDocuments.topic,
  onForeignSource: 'starts-over',
  async open(place) {
    const redis = new Redis(testEngines().redisUrl, { db: 9 });
    if (!place.isRenewed) await redis.flushdb();
    return {
      ...handWrittenJournal(confirmedOrder),
      start: (options = {}) =>
        startFold(place, options, () => {
          const store = mute(createRedisViewStore(redis), options.onHung);
          const surroundings = { store, clock: systemClock, random: systemRandom };
          return { fold: createViewFold(createRedisView(surroundings, orderDocuments)) };
        }),
      async effects() {
        const numbers = Array.from({ length: place.partitions }, (_, partition) => partition);
        const streams = await Promise.all(numbers.map((p) => redis.xrange(orderKeys.events(p), '-', '+')));
        return streams
          .flat()
          .flatMap(([, [, order = '', , event = '{}']]) =>
            (JSON.parse(event) as { type?: string }).type === 'OrderConfirmed' ? [order] : [],
          );
      },
      close: async () => void (await redis.quit()),
    };
  },
};

/** Applies its first batch and never says so. */
function mute(store: ViewStore, onHung: (() => void) | undefined): ViewStore {
  if (!onHung) return store;
  return {
    ...store,
    async apply(batch) {
      await store.apply(batch);
      onHung();
      return new Promise(() => undefined);
    },
  };
}
