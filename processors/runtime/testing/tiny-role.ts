import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import {
  inboxOf,
  journalOf,
  type ProcessorName,
  processorNames,
  snapshotsOf,
} from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import { systemClock } from '../../../infra/clients/clock.ts';
import { createKafkajsGroup } from '../../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../../infra/clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { Append, Log } from '../../../infra/clients/log.ts';
import { systemRandom } from '../../../infra/clients/random.ts';
import { AssignedTasks } from '../assigned-tasks.ts';
import { createFlusher } from '../flusher.ts';
import { KnownEnds } from '../known-ends.ts';
import type { RuntimeObserver } from '../observer.ts';
import type { Processor } from '../processor.ts';
import { prefixedTopics } from './prefixed-topics.ts';
import { counter, echo } from './tiny-processors.ts';
import { schemaId } from './valid-events.ts';
import { createSnapshotSettings } from '../snapshotter.ts';

/**
 * One processor of the tiny domain as a process of its own, on a real broker. It tells its parent each happening
 * as a line of JSON, and stops or kills itself at the step it was told.
 */
export interface TinyRole {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly partitions: number;
  readonly processor: 'stock' | 'orders';
  readonly instance: string;
  readonly sessionTimeoutMs: number;
  readonly harm?: Harm;
  /** None are taken without. */
  readonly snapshotEvents?: number;
}

/** A signal to itself: after the answer to the n-th slice, or before the n-th send of messages. */
export interface Harm {
  readonly signal: 'SIGSTOP' | 'SIGKILL';
  readonly at: 'after-append' | 'before-send';
  readonly nth: number;
}

const tell = (what: string, ...details: unknown[]): void => {
  const text = JSON.stringify([what, ...details], (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  process.stdout.write(`${text}\n`);
};

const role = JSON.parse(process.argv[2] ?? '{}') as TinyRole;
if (role.processor === 'stock') await run(role, counter);
else await run(role, echo);

async function run<S, C extends Body, E extends Body>(
  options: TinyRole,
  processor: Processor<S, C, E>,
): Promise<void> {
  const { brokers, prefix, partitions, instance, sessionTimeoutMs, harm } = options;
  const quiet = () => undefined;
  const logger = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (_: object, message: string) => tell('error', message),
  };
  const connection = { brokers, clientId: instance, logger };
  const topics = prefixedTopics(prefix);
  const log = harmed(topics.log(await createKafkajsLog(connection)), processor.name, harm);
  const reader = topics.reader(
    await createKafkajsLogReader({
      ...connection,
      topics: [journalOf(processor.name), snapshotsOf(processor.name)].map((topic) => topics.name(topic)),
      sparseTopics: [topics.name(snapshotsOf(processor.name))],
    }),
  );
  const inboxCodec = <T extends Body>(name: ProcessorName) =>
    createTopicCodec<CommandEnvelope<T>>(inboxOf(name), schemaId);
  const tasks = new AssignedTasks<S, C, E>(
    {
      processor,
      partitions,
      inboxCodec: inboxCodec<C>(processor.name),
      journalCodec: createTopicCodec<EventEnvelope<Body>>(journalOf(processor.name), schemaId),
      outboxes: {
        orders: inboxCodec('orders'),
        stock: inboxCodec('stock'),
        catalogue: inboxCodec('catalogue'),
      },
      log,
      reader,
      flusher: createFlusher(log),
      clock: systemClock,
      random: systemRandom,
      learnWriter: async () => ({ is: 'wait', why: 'no registry here' }),
      poisonSchemas: new Map(),
      known: new KnownEnds(),
      observer: toldObserver(),
      snapshots: createSnapshotSettings(options.snapshotEvents ?? 0),
      limits: { sliceRecordsMax: 50, queue: { recordsMax: 2_000, bytesMax: 4_000_000 }, backlogMax: 5_000 },
    },
    (member) =>
      topics.group(
        createKafkajsGroup(
          {
            ...connection,
            groupId: `${prefix}.${processor.name}`,
            topics: [topics.name(inboxOf(processor.name))],
            instanceId: instance,
            pacing: { minBytes: 1, maxWaitMs: 20 },
            sessionTimeoutMs,
          },
          topics.member(member),
        ),
      ),
  );
  await Promise.all(processorNames.map((name) => log.partitionsOf(inboxOf(name))));
  await log.partitionsOf(journalOf(processor.name));
  await log.partitionsOf(snapshotsOf(processor.name));
  await tasks.start();
  const look = setInterval(() => {
    if (tasks.notReady() !== null) return;
    clearInterval(look);
    tell('ready', tasks.states().size);
  }, 10);
}

/** A log that ends or stops its own process at one step. */
function harmed(log: Log, processor: ProcessorName, harm: Harm | undefined): Log {
  if (!harm) return log;
  let slices = 0;
  let sends = 0;
  const strike = (): void => {
    tell('harmed', harm.signal, harm.at);
    process.kill(process.pid, harm.signal);
  };
  const isSlice = ({ topic, records }: Append): boolean =>
    topic === journalOf(processor) && records[0]?.key !== null;
  const isSend = ({ records }: Append): boolean => records[0]?.headers?.['source'] !== undefined;
  return {
    ...log,
    async append(appends) {
      if (harm.at === 'before-send' && appends.some(isSend)) {
        sends += 1;
        if (sends === harm.nth) strike();
      }
      const outcomes = await log.append(appends);
      if (harm.at === 'after-append' && appends.some(isSlice)) {
        slices += 1;
        if (slices === harm.nth) strike();
      }
      return outcomes;
    },
  };
}

function toldObserver(): RuntimeObserver {
  return {
    sliceDone: () => undefined,
    tookOver: (partition, took) => tell('tookOver', partition, took),
    snapshot: (partition, happened) => tell('snapshot', partition, happened),
    sawVoidRecords: (partition, count) => tell('sawVoidRecords', partition, count),
    appendUnknown: ({ topic, partition }, error, times) =>
      tell('appendUnknown', topic, partition, error.message, times),
    waiting: (partition, why) => tell('waiting', partition, why),
    lostOwnership: (partition, why) => tell('lostOwnership', partition, why),
    page: (partition, { kind, message }) => tell('page', partition, kind, message),
    crashed: (error) => tell('crashed', error.message),
  };
}
