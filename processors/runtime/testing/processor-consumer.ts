import { randomUUID } from 'node:crypto';
import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import {
  inboxOf,
  journalOf,
  snapshotsOf,
  type ProcessorName,
  processorNames,
} from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../../schemas/topic-codec.ts';
import { systemClock } from '../../../infra/clients/clock.ts';
import { createKafkajsGroup } from '../../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLogReader } from '../../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { Log, LogReader, LogRecord } from '../../../infra/clients/log.ts';
import { systemRandom } from '../../../infra/clients/random.ts';
import { readPartition } from '../../../infra/clients/read-partition.ts';
import type {
  ContractConsumer,
  ContractMember,
  OpenConsumer,
  StartOptions,
} from '../../../infra/clients/testing/consumer.contract.ts';
import { type ContractPlace, unknownSchemaId } from '../../../infra/clients/testing/contract-place.ts';
import { testConnection } from '../../../infra/clients/testing/test-kafka.ts';
import { AssignedTasks } from '../assigned-tasks.ts';
import { createFlusher } from '../flusher.ts';
import { KnownEnds } from '../known-ends.ts';
import type { RuntimeObserver } from '../observer.ts';
import type { Processor } from '../processor.ts';
import { registryWriters } from '../registry-writers.ts';
import { judgeJournal, schemaId } from './valid-events.ts';
import { createSnapshotSettings } from '../snapshotter.ts';

/** A domain, and one kind of command whose effect can be told by its id. */
export interface ContractDomain<S, C extends Body, E extends Body> {
  readonly processor: Processor<S, C, E>;
  readonly store: string;
  /** An id that nobody had. */
  readonly newId: () => string;
  /** Record key of the command. */
  readonly keyOf: (id: string) => string;
  readonly bodyOf: (id: string) => C;
  /** Its id, if the event is the effect of such a command. */
  readonly effectOf: (body: Body & Record<string, unknown>) => string | null;
}

/** A processor; an effect is a valid event in its journal. */
export function processorConsumer<S, C extends Body, E extends Body>(
  domain: ContractDomain<S, C, E>,
): ContractConsumer {
  const { name } = domain.processor;
  return {
    name,
    reads: 'inbox',
    source: inboxOf(name),
    onForeignSource: 'stops',
    async open(place) {
      const physical = await createKafkajsLogReader({
        ...testConnection(),
        topics: [place.topics.name(journalOf(name))],
      });
      const reader = place.topics.reader(physical);
      return {
        ...commandsOf(domain, place.partitions),
        start: (options = {}) => startMember(domain.processor, place, options),
        effects: () => effectsIn(domain, place, reader),
        close: () => physical.close(),
      };
    },
  };
}

function commandsOf<S, C extends Body, E extends Body>(
  domain: ContractDomain<S, C, E>,
  partitions: number,
): Pick<OpenConsumer, 'newId' | 'records' | 'echoes' | 'fromUnknownWriter'> {
  const topic = inboxOf(domain.processor.name);
  const encode = (codec: TopicCodec<CommandEnvelope<C>>, ids: readonly string[]) =>
    ids.map((id) => {
      const envelope = { store: domain.store, commandId: id, fingerprint: 'k1.aa', requestId: null };
      return { key: domain.keyOf(id), value: codec.encode({ ...envelope, body: domain.bodyOf(id) }) };
    });
  const ours = createTopicCodec<CommandEnvelope<C>>(topic, schemaId);
  const foreign = createTopicCodec<CommandEnvelope<C>>(topic, unknownSchemaId);
  return {
    newId(partition) {
      for (;;) {
        const id = domain.newId();
        if (partitionOf(domain.keyOf(id), partitions) === partition) return id;
      }
    },
    records: (_, ids) => encode(ours, ids),
    echoes: (_, ids) => encode(ours, ids),
    fromUnknownWriter: (_, ids) => encode(foreign, ids),
  };
}

async function effectsIn<S, C extends Body, E extends Body>(
  { processor, effectOf }: ContractDomain<S, C, E>,
  place: ContractPlace,
  reader: LogReader,
): Promise<readonly string[]> {
  const topic = journalOf(processor.name);
  const ids: string[] = [];
  for (const [partition, range] of await place.log.offsetsOf(topic)) {
    const records: LogRecord[] = [];
    for await (const some of readPartition(reader, { topic, partition }, range)) records.push(...some);
    for (const { body } of judgeJournal(topic, records).valid) {
      const id = effectOf(body);
      if (id !== null) ids.push(id);
    }
  }
  return ids;
}

async function startMember<S, C extends Body, E extends Body>(
  processor: Processor<S, C, E>,
  place: ContractPlace,
  options: StartOptions,
): Promise<ContractMember> {
  const { topics, partitions, registry } = place;
  const journal = journalOf(processor.name);
  const snapshots = topics.name(snapshotsOf(processor.name));
  const physical = await createKafkajsLogReader({
    ...testConnection(),
    topics: [topics.name(journal), snapshots],
    sparseTopics: [snapshots],
  });
  const log = mute(place.log, journal, options.onHung);
  const ending = new AbortController();
  const inboxCodec = createTopicCodec<CommandEnvelope<C>>(inboxOf(processor.name), schemaId);
  const journalCodec = createTopicCodec<EventEnvelope<Body>>(journal, schemaId);
  const outbox = (name: ProcessorName) => createTopicCodec<CommandEnvelope<Body>>(inboxOf(name), schemaId);
  const pages: string[] = [];
  const tasks = new AssignedTasks<S, C, E>(
    {
      processor,
      partitions,
      inboxCodec,
      journalCodec,
      outboxes: { orders: outbox('orders'), stock: outbox('stock'), catalogue: outbox('catalogue') },
      log,
      reader: topics.reader(physical),
      flusher: createFlusher(log),
      clock: systemClock,
      random: systemRandom,
      snapshots: createSnapshotSettings(50),
      learnWriter: registryWriters(
        { learnWriter: registry.askForWriter },
        [inboxCodec, journalCodec],
        ending.signal,
      ),
      poisonSchemas: new Map(),
      known: new KnownEnds(),
      observer: paging(pages),
      limits: { sliceRecordsMax: 50, queue: { recordsMax: 2_000, bytesMax: 4_000_000 }, backlogMax: 5_000 },
    },
    (member) =>
      topics.group(
        createKafkajsGroup(
          {
            ...testConnection(),
            groupId: options.groupId ?? place.groupId,
            topics: [topics.name(inboxOf(processor.name))],
            instanceId: randomUUID(),
            pacing: { minBytes: 1, maxWaitMs: 20 },
            sessionTimeoutMs: 3_000,
          },
          topics.member(member),
        ),
      ),
  );
  for (const name of processorNames) await log.partitionsOf(inboxOf(name));
  await log.partitionsOf(journal);
  await tasks.start();
  let stopped: Promise<void> | undefined;
  const end = (graceMs: number): Promise<void> => {
    stopped ??= (async () => {
      await tasks.stop(graceMs);
      ending.abort();
      await physical.close();
    })();
    return stopped;
  };
  return {
    notReady: () => (tasks.notReady() === null ? null : `${tasks.notReady()} ${pages.join(' ')}`),
    stop: () => end(2_000),
    kill: () => end(0),
  };
}

/** Appends its first slice and never hears of it. */
function mute(log: Log, journal: string, onHung: (() => void) | undefined): Log {
  if (!onHung) return log;
  return {
    ...log,
    async append(appends) {
      const outcomes = await log.append(appends);
      const isSlice = appends.some(({ topic, records }) => topic === journal && records[0]?.key !== null);
      if (!isSlice) return outcomes;
      onHung();
      return new Promise(() => undefined);
    },
  };
}

function paging(pages: string[]): RuntimeObserver {
  const silent = (): void => undefined;
  return {
    sliceDone: silent,
    tookOver: silent,
    snapshot: silent,
    sawVoidRecords: silent,
    appendUnknown: silent,
    waiting: silent,
    lostOwnership: silent,
    page: (_, { kind, message }) => void pages.push(`${kind}: ${message}`),
    crashed: (error) => void pages.push(error.message),
  };
}
