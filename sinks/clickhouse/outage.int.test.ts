import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../infra/clients/clock.ts';
import {
  createJournalConsumer,
  type JournalConsumer,
  type PositionedFold,
} from '../../infra/clients/journal-consumer.ts';
import { createKafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import type { Log } from '../../infra/clients/log.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import {
  createKeptLogger,
  createTestTopic,
  testConnection,
  until,
} from '../../infra/clients/testing/test-kafka.ts';
import { orderDocuments } from '../../processors/views/order-documents.ts';
import { createRedisView } from '../../processors/views/redis-view.ts';
import { createRedisViewStore } from '../../processors/views/redis-view-store.ts';
import { createViewFold } from '../../processors/views/view-fold.ts';
import type { Event, EventBody } from '../../schemas/generated/orders-events.ts';
import { orderKeys } from '../../schemas/redis-keys.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import type { OrdersEvent } from './testing/journal.ts';
import { once, rule, someSales, summaryOf } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

let engine: OwnEngine;
let log: Log;
let redis: Redis;
beforeAll(async () => {
  engine = await startOwnEngine(1_000);
  log = await createKafkajsLog(testConnection());
  redis = new Redis(testEngines().redisUrl, { db: 9 });
  await redis.flushdb();
});
afterAll(async () => {
  await redis.flushdb();
  await redis.quit();
  await log.close();
  await engine.remove();
});

function consume(topic: string, fold: PositionedFold<EventBody>): JournalConsumer {
  const codec = { ...createTopicCodec<Event>(orderDocuments.topic, 1), topic };
  return createJournalConsumer({
    journals: [{ codec, fold }],
    createGroup: (member) =>
      createKafkajsGroup(
        {
          ...testConnection(),
          groupId: randomUUID(),
          topics: [topic],
          instanceId: randomUUID(),
          pacing: { minBytes: 1, maxWaitMs: 20 },
          sessionTimeoutMs: 6_000,
        },
        member,
      ),
    log,
    askForWriter: () => Promise.resolve('unknown-schema'),
    clock: systemClock,
    random: systemRandom,
    logger: createKeptLogger(),
    onFatal: (error) => expect.unreachable(error.message),
  });
}

/** Appends events to a journal that has one Barrier. */
async function append(topic: string, events: readonly OrdersEvent[]): Promise<void> {
  const codec = createTopicCodec<Event>(orderDocuments.topic, 1);
  const records = events.map(({ event }) => ({ key: null, value: codec.encode(event) }));
  expect(await log.append([{ topic, partition: 0, records }])).toMatchObject([{ is: 'appended' }]);
}

test('while ClickHouse is frozen, killed and away only the sink waits; then it drains to every row once', async () => {
  const topic = await createTestTopic({ partitions: 1, timestampType: 'CreateTime' });
  const [first] = someSales(1);
  if (!first) throw new Error('no event');
  const barrier = { ...first.event, seq: 0, body: { type: 'Barrier', writer: 'w1', follows: null } as const };
  await append(topic, [{ ...first, event: barrier }]);
  const sink = consume(topic, createLedgerFold({ ledger: createClickhouseLedger(engine.client), rule }));
  const surroundings = { store: createRedisViewStore(redis), clock: systemClock, random: systemRandom };
  const views = consume(topic, createViewFold(createRedisView(surroundings, orderDocuments)));
  await Promise.all([sink.start(), views.start()]);

  const sales = 80;
  const events = someSales(sales);
  const part = Math.floor(events.length / 4);
  const viewReaches = (seq: number): Promise<void> =>
    until(async () => (await redis.hget(orderKeys.position(0), 'seq')) === String(seq));
  const sinkWaits = (): Promise<void> =>
    until(() => Object.values(sink.readiness().checks).some((check) => check.includes(':')));
  const sinkSeq = async (): Promise<number> =>
    (await createClickhouseLedger(engine.client).readPosition({ topic, partition: 0 })).position.seq;

  await append(topic, events.slice(0, part));
  await viewReaches(part);
  await until(async () => (await sinkSeq()) > 0);
  engine.signal('SIGSTOP');
  await append(topic, events.slice(part, 2 * part));
  await viewReaches(2 * part);
  await sinkWaits();
  engine.signal('SIGCONT'); // what was given up as lost is done now, late
  await until(async () => (await sinkSeq().catch(() => 0)) > part);
  await engine.kill();
  await append(topic, events.slice(2 * part));
  await viewReaches(events.length);
  await sinkWaits();
  // the connection breaks first, the next is refused
  await until(() =>
    Promise.resolve(sink.readiness().checks[`${topic}/0`]?.includes('ECONNREFUSED') ?? false),
  );
  await engine.start();
  await until(async () => (await sinkSeq().catch(() => 0)) === events.length, sinkSeq);
  expect(await summaryOf(engine.client)).toEqual(once(sales));
  await Promise.all([sink.stop(), views.stop()]);
});
