import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../infra/clients/clock.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { createJournalConsumer, type JournalConsumer } from '../../infra/clients/journal-consumer.ts';
import { createKafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { Group, Log } from '../../infra/clients/log.ts';
import {
  createKeptLogger,
  createTestTopic,
  testConnection,
  until,
} from '../../infra/clients/testing/test-kafka.ts';
import { createSimulatorAdapter } from '../../infra/psp/simulator-adapter.ts';
import { type SimulatorProcess, simulatorProcess } from '../../infra/psp/testing/simulator-process.ts';
import type { Command, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { Event, EventBody } from '../../schemas/generated/orders-events.ts';
import { inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../schemas/topic-codec.ts';
import { answered, requested } from './testing/worker-bench.ts';
import { createPaymentsWorker, type PaymentsWorker } from './worker.ts';
import { createWorkerFold } from './worker-fold.ts';
import { createWorkerReports } from './worker-reports.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const partitions = 2;
const inbox = createTopicCodec<Command>(inboxOf('orders'), 1);
const codecFor = (topic: string): TopicCodec<Event> => ({
  ...createTopicCodec<Event>(journalOf('orders'), 2),
  topic,
});

let log: Log;
let simulator: SimulatorProcess;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  expect(testEngines().kafkaBrokers).toBeTruthy();
  log = await createKafkajsLog(testConnection());
  simulator = await simulatorProcess();
  await simulator.start();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await simulator.remove();
  await log.close();
});

interface World {
  readonly journal: string;
  /** Every report on the inbox so far, in order of arrival. */
  readonly reports: ReportOutcome[];
  append(
    partition: number,
    events: readonly { readonly body: EventBody; readonly writer?: string }[],
  ): Promise<void>;
  startWorker(groupId: string): Promise<{ readonly worker: PaymentsWorker; stop(): Promise<void> }>;
}

/** A journal and an inbox of the test's own; somebody reads the inbox as the orders processor would. */
async function aWorld(): Promise<World> {
  const journal = await createTestTopic({ partitions, timestampType: 'CreateTime' });
  const inboxTopic = await createTestTopic({ partitions });
  const codec = codecFor(journal);
  const reports: ReportOutcome[] = [];
  const reader = await createKafkajsLogReader({ ...testConnection(), topics: [inboxTopic] });
  closing.push(() => reader.close());
  for (let partition = 0; partition < partitions; partition += 1) {
    reader.read({ topic: inboxTopic, partition }, 0n, {
      onRecords(records) {
        for (const { value, headers } of records) {
          const decoded = inbox.decode(value);
          if (decoded.is !== 'value' || decoded.value.body.type !== 'ReportOutcome') {
            throw new Error('no report');
          }
          expect(headers).toEqual([]);
          reports.push(decoded.value.body);
        }
      },
      onFatal: (error) => expect.unreachable(error.message),
    });
  }
  const seqs = new Map<number, number>();
  const append: World['append'] = async (partition, events) => {
    const records = events.map(({ body, writer = 'w1' }) => {
      const takesSeq = body.type !== 'Barrier' && writer === 'w1';
      const seq = (seqs.get(partition) ?? 0) + (takesSeq ? 1 : 0);
      seqs.set(partition, seq);
      const cause = { offset: 0, source: null, seq: null, index: null };
      const event: Event = { seq, writer, cause, atMs: Date.now(), routedThrough: 0, version: 1, body };
      return { key: null, value: codec.encode(event) };
    });
    expect(await log.append([{ topic: journal, partition, records }])).toMatchObject([{ is: 'appended' }]);
  };
  for (let p = 0; p < partitions; p += 1)
    await append(p, [{ body: { type: 'Barrier', writer: 'w1', follows: null } }]);

  const startWorker: World['startWorker'] = async (groupId) => {
    let group: Group | undefined;
    const psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs: 2_000 });
    const clock = {
      nowMs: Date.now,
      setTimer(delayMs: number, fire: () => void) {
        const timer = setTimeout(fire, delayMs / 20); // 2 s of back-off in 100 ms
        return { cancel: () => clearTimeout(timer) };
      },
    };
    const worker = createPaymentsWorker({
      psp,
      clock,
      limits: { partitionMax: 8, totalMax: 12 },
      random: Math.random,
      logger: createKeptLogger(),
      openMethod: (_requested, sealed) => sealed.slice('sealed:'.length),
      commit: (partition, next) => group?.commit({ topic: journal, partition }, next),
      report: createWorkerReports({
        log: { append: (appends) => log.append(appends.map((each) => ({ ...each, topic: inboxTopic }))) },
        partitions,
        encode: (command) => inbox.encode(command),
        clock,
        logger: createKeptLogger(),
        onFatal: (error) => expect.unreachable(error.message),
      }),
    });
    const consumer: JournalConsumer = createJournalConsumer({
      journals: [
        { codec, fold: createWorkerFold(worker, (at) => group?.committed(at) ?? Promise.resolve(null)) },
      ],
      createGroup(member) {
        const options = {
          groupId,
          topics: [journal],
          instanceId: 'payments-1',
          pacing: { minBytes: 1, maxWaitMs: 20 },
        };
        group = createKafkajsGroup({ ...testConnection(), ...options, sessionTimeoutMs: 3_000 }, member);
        return group;
      },
      log,
      askForWriter: () => Promise.resolve('unknown-schema'),
      clock: systemClock,
      random: systemRandom,
      logger: createKeptLogger(),
      onFatal: (error) => expect.unreachable(error.message),
      commits: false,
    });
    await consumer.start();
    let stopped = false;
    const stop = async (): Promise<void> => {
      if (stopped) return;
      stopped = true;
      await worker.stop();
      await consumer.stop();
      await psp.close();
    };
    closing.push(stop);
    return { worker, stop };
  };
  return { journal, reports, append, startWorker };
}

/** A member of the worker's group that only asks and commits. */
const bystander = (topic: string, groupId: string): Group =>
  createKafkajsGroup(
    {
      ...testConnection(),
      groupId,
      topics: [topic],
      instanceId: 'payments-1',
      pacing: { minBytes: 1, maxWaitMs: 20 },
    },
    {
      onAssigned: () => undefined,
      onRecords: () => undefined,
      onRevoking: () => undefined,
      onFatal: () => undefined,
    },
  );
const committedOf = (topic: string, groupId: string): Promise<bigint | null> =>
  bystander(topic, groupId).committed({ topic, partition: 0 });

const orderIds = (count: number): readonly string[] =>
  Array.from({ length: count }, () => `o-${randomUUID()}`);
const keyed = (orderId: string) => requested(orderId, { key: orderId });
const determinate = (reports: readonly ReportOutcome[]): readonly ReportOutcome[] =>
  reports.filter(({ is }) => is !== 'unknown');

test('a provider killed and started again in mid-run leaves every operation answered, each with one effect', async () => {
  const world = await aWorld();
  const orders = orderIds(300);
  for (const [i, partition] of [0, 1].entries()) {
    const mine = orders.filter((_, n) => n % 2 === i);
    await world.append(
      partition,
      mine.map((orderId) => ({ body: keyed(orderId) })),
    );
  }
  const { worker } = await world.startWorker(`payments-${randomUUID()}`);
  await until(() => world.reports.length > 20);
  await simulator.kill();
  await until(
    () => world.reports.some(({ is }) => is === 'unknown'),
    () => world.reports.length,
  );
  await simulator.start();
  // what may have happened is asked for again by the order: same key, same bytes
  let again = 0;
  const askAgain = async (): Promise<void> => {
    const doubted = world.reports.filter(({ is }) => is === 'unknown').slice(again);
    again += doubted.length;
    for (const { orderId } of doubted) {
      await world.append(orders.indexOf(orderId) % 2, [{ body: keyed(orderId) }]);
    }
  };
  await until(
    async () => {
      await askAgain();
      return determinate(world.reports).length >= orders.length;
    },
    () => world.reports.length,
  );
  await until(() => worker.openOperations() === 0);
  expect(new Set(world.reports.map(({ is }) => is))).toEqual(new Set(['unknown', 'ok']));
  expect(
    determinate(world.reports)
      .map(({ orderId }) => orderId)
      .toSorted(),
  ).toEqual(orders.toSorted());
  const { operations } = await simulator.ledger();
  const effects = operations.filter(({ orderId }) => orders.includes(orderId));
  expect(effects.map(({ orderId }) => orderId).toSorted()).toEqual(orders.toSorted());
});

test('a worker that starts again begins at the oldest unreported operation and runs only what is unanswered', async () => {
  const world = await aWorld();
  const group = `payments-${randomUUID()}`;
  const [done = '', answeredByOther = '', waiting = '', later = ''] = orderIds(4);
  await world.append(0, [{ body: keyed(done) }]);
  const first = await world.startWorker(group);
  await until(() => world.reports.length === 1);
  await world.append(0, [{ body: answered(done) }]);
  await simulator.kill();
  await world.append(0, [{ body: keyed(answeredByOther) }, { body: keyed(waiting) }]);
  await until(() => first.worker.openOperations() === 2);
  await first.stop();
  // after Barrier, request and answer stands the oldest request that is not reported
  expect(await committedOf(world.journal, group)).toBe(3n);
  await world.append(0, [{ body: answered(answeredByOther) }]);
  // a zombie's late words are void: neither an answer nor an intent
  await world.append(0, [
    { writer: 'zombie', body: answered(waiting) },
    { writer: 'zombie', body: keyed(`o-${randomUUID()}`) },
  ]);
  await world.append(0, [{ body: { type: 'TimePassed', atMs: 1 } }]);
  await simulator.start();
  const second = await world.startWorker(group);
  await until(
    () => world.reports.length === 2,
    () => world.reports,
  );
  await world.append(0, [{ body: keyed(later) }]);
  await until(
    () => world.reports.length === 3,
    () => world.reports,
  );
  expect(world.reports.map(({ orderId, is }) => [orderId, is])).toEqual([
    [done, 'ok'],
    [waiting, 'ok'],
    [later, 'ok'],
  ]);
  const mine = new Set([done, answeredByOther, waiting, later]);
  const { operations } = await simulator.ledger();
  expect(operations.map(({ orderId }) => orderId).filter((orderId) => mine.has(orderId))).toEqual([
    done,
    waiting,
    later,
  ]);
  await until(() => second.worker.openOperations() === 0);
});

test('a committed offset that is not one of this journal is only a hint: the journal is read whole', async () => {
  const world = await aWorld();
  const group = `payments-${randomUUID()}`;
  const [orderId = ''] = orderIds(1);
  await world.append(0, [{ body: keyed(orderId) }]);
  const member = bystander(world.journal, group);
  await member.start();
  member.commit({ topic: world.journal, partition: 0 }, 77n);
  await until(async () => (await committedOf(world.journal, group)) === 77n);
  await member.stop();
  await world.startWorker(group);
  await until(() => world.reports.length === 1);
  expect(world.reports).toMatchObject([{ orderId, is: 'ok' }]);
});
