import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../infra/clients/clock.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { createJournalConsumer, type JournalConsumer } from '../../infra/clients/journal-consumer.ts';
import { createKafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import type { Log } from '../../infra/clients/log.ts';
import {
  createKeptLogger,
  createTestTopic,
  testConnection,
  until,
} from '../../infra/clients/testing/test-kafka.ts';
import type { Event, EventBody } from '../../schemas/generated/orders-events.ts';
import { orderKeys } from '../../schemas/redis-keys.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import { orderDocuments } from './order-documents.ts';
import { createRedisView } from './redis-view.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import { confirmedOrder } from './testing/order-journal.ts';
import { dumpRedis } from './testing/dump-redis.ts';
import { createViewFold } from './view-fold.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

let log: Log;
let redis: Redis;
const running: JournalConsumer[] = [];
beforeAll(async () => {
  log = await createKafkajsLog(testConnection());
  redis = new Redis(testEngines().redisUrl, { db: 8 });
});
beforeEach(() => redis.flushdb());
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
});
afterAll(async () => {
  await redis.flushdb();
  await redis.quit();
  await log.close();
});

interface Journal {
  readonly topic: string;
  append(writer: string, ...bodies: readonly EventBody[]): Promise<void>;
  /** Last seq of the valid events. */
  seq(): number;
}

/** A journal of one partition with a first owner, `w1`; what another writer appends takes the next seq too. */
async function aJournal(): Promise<Journal> {
  const topic = await createTestTopic({ partitions: 1, timestampType: 'CreateTime' });
  const codec = createTopicCodec<Event>(orderDocuments.topic, 1);
  let owner: string | null = null;
  let last = 0;
  const journal: Journal = {
    topic,
    seq: () => last,
    async append(writer, ...bodies) {
      let seq = last;
      const records = bodies.map((body) => {
        if (body.type === 'Barrier') owner = writer;
        else seq += 1;
        const cause = { offset: seq, source: null, seq: null, index: null };
        return codec.encode({ seq, writer, cause, atMs: 1_000 + seq, routedThrough: 0, version: 1, body });
      });
      if (writer === owner) last = seq;
      const values = records.map((value) => ({ key: null, value }));
      expect(await log.append([{ topic, partition: 0, records: values }])).toMatchObject([
        { is: 'appended' },
      ]);
    },
  };
  await journal.append('w1', { type: 'Barrier', writer: 'w1', follows: null });
  return journal;
}

async function startView(topic: string): Promise<JournalConsumer> {
  const codec = { ...createTopicCodec<Event>(orderDocuments.topic, 1), topic };
  const consumer = createJournalConsumer({
    journals: [
      {
        codec,
        fold: createViewFold(
          createRedisView(
            { store: createRedisViewStore(redis), clock: systemClock, random: systemRandom },
            orderDocuments,
          ),
        ),
      },
    ],
    createGroup: (member) =>
      createKafkajsGroup(
        {
          ...testConnection(),
          groupId: `views-${randomUUID()}`,
          topics: [topic],
          instanceId: randomUUID(),
          pacing: { minBytes: 1, maxWaitMs: 20 },
          sessionTimeoutMs: 3_000,
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
  running.push(consumer);
  await consumer.start();
  return consumer;
}

const storedSeq = async (): Promise<number> => Number(await redis.hget(orderKeys.position(0), 'seq'));
const tick = (atMs: number): EventBody => ({ type: 'TimePassed', atMs });
const orders = (from: number, count: number): readonly EventBody[] =>
  Array.from({ length: count }, (_, i) => confirmedOrder(`o-${from + i}`)).flat();

test('two writers on one partition give the same view as one', async () => {
  const journal = await aJournal();
  await startView(journal.topic);
  await startView(journal.topic);
  for (let i = 0; i < 20; i += 1) await journal.append('w1', ...orders(i * 3, 3));
  await until(async () => (await storedSeq()) === journal.seq());
  const both = await dumpRedis(redis);
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  await redis.flushdb();
  await startView(journal.topic);
  await until(async () => (await storedSeq()) === journal.seq());
  expect(await dumpRedis(redis)).toBe(both);
});

test('rebuilds itself to the same bytes when Redis is emptied under it, at the next watermark', async () => {
  const journal = await aJournal();
  await startView(journal.topic);
  await journal.append('w1', ...orders(0, 50), tick(2_000));
  await until(async () => (await storedSeq()) === journal.seq());
  const whole = await dumpRedis(redis);
  await redis.flushdb();
  await journal.append('w1', tick(2_001));
  await until(async () => (await storedSeq()) === journal.seq());
  const position = await redis.hgetall(orderKeys.position(0));
  const before = {
    ...position,
    offset: String(Number(position['offset']) - 1),
    seq: String(journal.seq() - 1),
  };
  await redis.hset(orderKeys.position(0), { ...before, cause: String(journal.seq() - 1), atMs: '2000' });
  expect(await dumpRedis(redis)).toBe(whole);
});

test('a position that is not one of this journal wipes the view and rebuilds it', async () => {
  const journal = await aJournal();
  await journal.append('w1', ...orders(0, 4), tick(2_000));
  const foreign = { offset: '9', seq: '9', writer: 'of another journal', cause: '9', atMs: '9' };
  await redis.hset(orderKeys.position(0), foreign);
  await redis.set(orderKeys.order(0, 'o-of-another-journal'), '{}');
  await startView(journal.topic);
  await until(async () => (await storedSeq()) === journal.seq());
  expect(await redis.exists(orderKeys.order(0, 'o-of-another-journal'))).toBe(0);
  expect(await redis.zcard(orderKeys.created(0, 'demo'))).toBe(4);
});

test('an event its processor never writes halts the partition with the reason and changes nothing more', async () => {
  const journal = await aJournal();
  const consumer = await startView(journal.topic);
  await journal.append('w1', ...orders(0, 1));
  await until(async () => (await storedSeq()) === journal.seq());
  const before = await dumpRedis(redis);
  await journal.append('w1', ...confirmedOrder('o-never-placed').slice(1));
  await until(() => !consumer.readiness().ready);
  expect(Object.values(consumer.readiness().checks)[0]).toMatch(/halted: 0\.10: .*never placed/);
  expect(await dumpRedis(redis)).toBe(before);
});
