import { consumerGroups, viewsGroupOf } from '../../../schemas/consumer-groups.ts';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { firstGeneration } from '../../../schemas/redis-keys.ts';
import { inboxOf, journalOf, type ProcessorName, processorNames } from '../../../schemas/topic-catalogue.ts';
import type { ClickHouseClient } from '../clickhouse.ts';
import { createGroupsAdmin, type GroupFacts, type GroupsAdmin } from '../kafkajs/group-facts.ts';
import type { KafkaConnection } from '../kafkajs/hardened-kafkajs.ts';
import { createKafkajsLogReader } from '../kafkajs/kafkajs-log-reader.ts';
import type { Log, LogReader, OffsetRange, TopicPartition } from '../log.ts';
import type { Redis } from '../redis.ts';
import type { SchemaRegistry } from '../schema-registry.ts';
import { readGenerations } from '../view-generations.ts';
import { createJournalTails, type JournalTails } from './journal-tails.ts';
import type { GroupLag, PartitionLag } from './partition-lag.ts';
import { createRecordAges, type RecordAges } from './record-ages.ts';
import { type FoldedTo, sinkPositions, viewPositions } from './stored-positions.ts';
import { parseTakeOverNote } from './take-over-note.ts';

export interface LagSources {
  readonly connection: KafkaConnection;
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly registry: Pick<SchemaRegistry, 'createCodec' | 'learnWriter'>;
  readonly redis: Redis;
  readonly clickhouse: ClickHouseClient;
  readonly partitions: number;
  readonly nowMs: () => number;
}

/** Reads how far every consumer group is behind. Reads alone: it joins no group of the pipeline and commits nothing. */
export interface LagReader {
  /** One group after another, as they stand at this moment. Rejects if Kafka does not answer; what else is away is null. */
  read(): Promise<readonly GroupLag[]>;
  close(): Promise<void>;
}

export type GroupName = keyof typeof consumerGroups;
export const groupNames = Object.keys(consumerGroups) as readonly GroupName[];

/** What a group reads: inboxes, or journals. */
const topicsOf: Readonly<Record<GroupName, readonly string[]>> = {
  orders: [inboxOf('orders')],
  stock: [inboxOf('stock')],
  catalogue: [inboxOf('catalogue')],
  payments: [journalOf('orders')],
  views: [journalOf('orders'), journalOf('stock')],
  sink: [journalOf('orders'), journalOf('stock')],
};

/** How far a group has dealt with a partition, by its own data. */
interface Place {
  readonly at: TopicPartition;
  readonly next: bigint | null;
  readonly position: string | null;
  readonly watermarkMs: number | null;
}

type Ends = ReadonlyMap<string, ReadonlyMap<number, OffsetRange>>;

/** Rejects if Kafka does not answer. The caller's clients stay open. */
export async function openLagReader(sources: LagSources): Promise<LagReader> {
  const { connection, registry } = sources;
  const topics = processorNames.flatMap((name) => [inboxOf(name), journalOf(name)]);
  const reader = await createKafkajsLogReader({ ...connection, topics, bytesPerPartitionMax: 262_144 });
  const groups = await createGroupsAdmin(connection);
  const tails = createJournalTails({
    reader,
    codecOf: (name) => registry.createCodec<EventEnvelope<Body>>(journalOf(name)),
    askForWriter: registry.learnWriter,
  });
  return createLagReader({ ...sources, reader, groups, tails, ages: createRecordAges(reader) });
}

interface LagParts extends LagSources {
  readonly reader: LogReader;
  readonly groups: GroupsAdmin;
  readonly tails: JournalTails;
  readonly ages: RecordAges;
}

function createLagReader(parts: LagParts): LagReader {
  const { log, groups, reader } = parts;
  let turn: Promise<unknown> = Promise.resolve();

  const readNow = async (): Promise<readonly GroupLag[]> => {
    const topics = processorNames.flatMap((name) => [inboxOf(name), journalOf(name)]);
    const ends: Ends = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await log.offsetsOf(topic)] as const)),
    );
    const all: GroupLag[] = [];
    for (const name of groupNames) {
      const facts = await orNull(groups.factsOf(await groupIdOf(parts, name), topicsOf[name]));
      const places = await placesOf(parts, name, { ends, facts });
      const rows: PartitionLag[] = [];
      for (const place of places) rows.push(await lagAt(parts, place, { ends, facts }));
      all.push({
        group: name,
        members: facts?.members ?? null,
        lagRecords: sumOf(rows.map(({ lagRecords }) => lagRecords)),
        lagSeconds: worstOf(rows.map(({ lagSeconds }) => lagSeconds)),
        partitions: rows,
      });
    }
    return all;
  };

  return {
    /** One at a time: a partition is read by one at a time. */
    read() {
      const result = turn.then(readNow);
      turn = result.catch(() => undefined); // its caller has the error
      return result;
    },
    async close() {
      await turn;
      await Promise.allSettled([reader.close(), groups.close()]);
    },
  };
}

interface Known {
  readonly ends: Ends;
  readonly facts: GroupFacts | null;
}

/** The views' is the one that writes their live generation. */
async function groupIdOf({ redis, partitions }: LagParts, name: GroupName): Promise<string> {
  if (name !== 'views') return consumerGroups[name];
  const generations = await orNull(readGenerations(redis, partitions));
  return viewsGroupOf(generations?.[0]?.live ?? firstGeneration);
}

const isProcessor = (name: GroupName): name is ProcessorName => processorNames.some((each) => each === name);

async function placesOf(parts: LagParts, name: GroupName, { ends, facts }: Known): Promise<readonly Place[]> {
  const { partitions, redis, clickhouse, tails } = parts;
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  if (isProcessor(name)) {
    const journal = journalOf(name);
    return Promise.all(
      numbers.map(async (partition): Promise<Place> => {
        const range = ends.get(journal)?.get(partition);
        const tail = range === undefined ? null : await orNull(tails.read(name, partition, range));
        const next = tail === null ? null : BigInt(tail.highestCause + 1);
        const position = tail === null ? null : `${partition}.${tail.position.seq}`;
        return { at: { topic: inboxOf(name), partition }, next, position, watermarkMs: null };
      }),
    );
  }
  if (name === 'payments') {
    return numbers.map((partition) => {
      const at = { topic: journalOf('orders'), partition };
      const next = facts === null ? null : (facts.committedOf(at)?.offset ?? 0n);
      return { at, next, position: null, watermarkMs: null };
    });
  }
  const folded = (of: 'orders' | 'stock') =>
    name === 'sink'
      ? orNull(sinkPositions(clickhouse, journalOf(of), partitions))
      : orNull(viewPositions(redis, of, partitions));
  const [ofOrders, ofStock] = await Promise.all([folded('orders'), folded('stock')]);
  return [
    ...toPlaces(journalOf('orders'), numbers, ofOrders),
    ...toPlaces(journalOf('stock'), numbers, ofStock),
  ];
}

const toPlaces = (
  topic: string,
  partitions: readonly number[],
  folded: readonly FoldedTo[] | null,
): readonly Place[] =>
  partitions.map((partition) => {
    const to = folded?.[partition];
    return {
      at: { topic, partition },
      next: to === undefined ? null : to.offset + 1n,
      position: to === undefined ? null : `${partition}.${to.seq}`,
      watermarkMs: to?.watermarkMs ?? null,
    };
  });

async function lagAt(
  { ages, nowMs }: LagParts,
  { at, next, position, watermarkMs }: Place,
  { ends, facts }: Known,
): Promise<PartitionLag> {
  const range = ends.get(at.topic)?.get(at.partition);
  const committed = facts?.committedOf(at) ?? null;
  const ageMs =
    next === null || range === undefined
      ? null
      : await orNull(ages.timestampMs(at, next, range).then((ms) => (ms === null ? 0 : nowMs() - ms)));
  const stale = watermarkMs === null || watermarkMs === 0 ? null : nowMs() - watermarkMs;
  return {
    ...at,
    owner: facts?.ownerOf(at) ?? null,
    position,
    nextOffset: numberOf(next),
    endOffset: numberOf(range?.end ?? null),
    committedOffset: numberOf(committed?.offset ?? null),
    lagRecords:
      next === null || range === undefined ? null : Number(range.end > next ? range.end - next : 0n),
    lagSeconds: seconds(ageMs),
    staleSeconds: seconds(stale),
    lastTakeOver: parseTakeOverNote(committed?.metadata ?? null),
  };
}

const numberOf = (offset: bigint | null): number | null => (offset === null ? null : Number(offset));

/** To the millisecond; clocks differ, so what is just written may seem to be younger than nothing. */
const seconds = (ms: number | null): number | null =>
  ms === null ? null : Math.max(0, Math.round(ms)) / 1_000;

const sumOf = (counts: readonly (number | null)[]): number | null =>
  counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);

const worstOf = (ages: readonly (number | null)[]): number | null =>
  ages.reduce((worst, age) => (worst === null || age === null ? null : Math.max(worst, age)), 0);

/** What cannot be asked is unknown, and the rest is told. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}
