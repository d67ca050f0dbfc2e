import type { Admin, Message, PartitionMetadata, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import type {
  Append,
  AppendOutcome,
  Burial,
  BuryingLog,
  OffsetRange,
  OutgoingRecord,
  TopicPartition,
} from '../log.ts';
import { LinkFault } from '../link-fault.ts';
import { isRefusal, protocolTypeOf, refused, toError, unknown, unknownTopic } from './append-error.ts';
import { connectAdmin, createKafka, type KafkaConnection, requestTimeoutMs } from './hardened-kafkajs.ts';

/** kafkajs groups messages in O(n²): 1,000 for one partition take 2 ms, 20,000 take 3 s (kafka.md §2). */
const recordsPerAppendMax = 1_000;

/**
 * The log over Kafka: appends with acks=all, without client retries and not idempotent, since kafkajs's idempotent
 * mode acknowledges records it never wrote (kafka.md §2). Connects before it resolves; rejects with a LinkFault if no broker answers
 * or lets us in.
 */
export async function createKafkajsLog(connection: KafkaConnection): Promise<BuryingLog> {
  const leaders = new Map<string, readonly PartitionMetadata[]>();
  const producer = createKafka(connection, 1).producer({
    createPartitioner: () => (message) => explicitPartition(message, leaders),
    allowAutoTopicCreation: false,
    idempotent: false,
    retry: { retries: 0 },
  });
  const admin = await connectAdmin(connection, 5);
  try {
    await producer.connect();
  } catch (error) {
    await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    throw new LinkFault(
      { engine: 'Kafka', at: connection.brokers.join(','), username: connection.username },
      error,
    );
  }
  const appender = createAppender(producer, leaders);
  return {
    append: appender,
    async bury(burial) {
      const [outcome] = await appender([burial]);
      return outcome ?? unknown(new Error('not sent'));
    },
    leaderOf: ({ topic, partition }) =>
      leaders.get(topic)?.find(({ partitionId }) => partitionId === partition)?.leader ?? -1,
    async partitionsOf(topic) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      leaders.set(topic, partitions);
      return partitions.length;
    },
    offsetsOf: (topic) => offsetsOf(admin, topic),
    async close() {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    },
  };
}

type SeenMetadata = Map<string, readonly PartitionMetadata[]>;

/** A partitioner runs again on every retry and would move a message: the partition always stands in it. */
function explicitPartition(
  of: { readonly topic: string; readonly partitionMetadata: PartitionMetadata[]; readonly message: Message },
  leaders: SeenMetadata,
): number {
  if (leaders.get(of.topic) !== of.partitionMetadata) leaders.set(of.topic, of.partitionMetadata);
  const { partition } = of.message;
  if (partition === undefined) throw new TypeError(`a message for ${of.topic} names no partition`);
  return partition;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

type AppendAll = (appends: readonly (Append | Burial)[]) => Promise<readonly AppendOutcome[]>;

/**
 * A rejected send says nothing of any single partition in it (one failing partition hides the answer for all), so
 * all are unknown. Where the broker refused, the next append of each goes alone: then the refusal is proof, and the
 * neighbours go through.
 */
function createAppender(producer: Producer, leaders: SeenMetadata): AppendAll {
  const suspects = new Set<string>();

  const send = async (appends: readonly (Append | Burial)[]): Promise<ReadonlyMap<string, AppendOutcome>> => {
    const outcomes = new Map<string, AppendOutcome>();
    const setAll = (outcome: AppendOutcome): void =>
      appends.forEach((at) => outcomes.set(keyOf(at), outcome));
    try {
      const answer = await producer.sendBatch({
        acks: -1,
        timeout: requestTimeoutMs - 2_000,
        topicMessages: toTopicMessages(appends),
      });
      setAll(
        unknown(new Error('the answer does not name the partition: it is unknown, or its leader moved')),
      );
      for (const row of answer)
        outcomes.set(keyOf({ topic: row.topicName, partition: row.partition }), toOutcome(row));
      for (const at of appends) suspects.delete(keyOf(at));
    } catch (thrown) {
      const error = toError(thrown);
      const final =
        isRefusal(error) ||
        (protocolTypeOf(error) === unknownTopic && appends.every(({ topic }) => !leaders.has(topic)));
      const [only] = appends;
      setAll(final && only && appends.length === 1 ? refusedBy(only, error) : unknown(error));
      for (const at of appends) {
        if (final && appends.length > 1) suspects.add(keyOf(at));
        else suspects.delete(keyOf(at));
      }
    }
    return outcomes;
  };

  return async (appends) => {
    const faults = new Map<Append | Burial, AppendOutcome>();
    const seen = new Set<string>();
    for (const append of appends) {
      const fault = faultOf(append, seen);
      if (fault !== null) faults.set(append, refused(fault));
    }
    const sound = appends.filter((append) => !faults.has(append));
    const alone = sound.filter((append) => suspects.has(keyOf(append)));
    const together = sound.filter((append) => !suspects.has(keyOf(append)));
    const sends = [...alone.map((append) => [append]), ...(together.length > 0 ? [together] : [])];
    const answers = await Promise.all(sends.map(send));
    const outcomes = new Map(answers.flatMap((answer) => [...answer]));
    return appends.map(
      (append) => faults.get(append) ?? outcomes.get(keyOf(append)) ?? unknown(new Error('not sent')),
    );
  };
}

const refusedBy = (at: TopicPartition, error: Error): AppendOutcome =>
  refused(
    new Error(`${keyOf(at)}: the broker refuses the append for good: ${error.message}`, { cause: error }),
  );

/** What makes an append a bug of the caller; checked before anything is sent. */
function faultOf(append: Append | Burial, seen: Set<string>): Error | null {
  const at = keyOf(append);
  const { partition, records } = append;
  if (!Number.isInteger(partition) || partition < 0)
    return new TypeError(`${at}: an append must name its partition`);
  if (records.length < 1 || records.length > recordsPerAppendMax) {
    return new RangeError(`${at}: ${records.length} records, an append holds 1 to ${recordsPerAppendMax}`);
  }
  if (seen.has(at)) return new RangeError(`${at}: two appends in one call would become one batch: join them`);
  seen.add(at);
  return null;
}

/** One entry a topic: kafkajs merges equal topics by copying. */
function toTopicMessages(appends: readonly (Append | Burial)[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, records } of appends) {
    const messages = byTopic.get(topic) ?? [];
    if (messages.length === 0) byTopic.set(topic, messages);
    for (const record of records) messages.push(toMessage(record, partition));
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

type Outgoing = Burial['records'][number];

const toMessage = (
  { key, value, headers }: Outgoing & Pick<OutgoingRecord, 'headers'>,
  partition: number,
): Message => (headers ? { key, value, partition, headers } : { key, value, partition });

function toOutcome({ baseOffset, logAppendTime }: RecordMetadata): AppendOutcome {
  if (baseOffset === undefined || BigInt(baseOffset) < 0n)
    return unknown(new Error('the answer has no base offset'));
  const timeMs = Number(logAppendTime ?? -1);
  return { is: 'appended', baseOffset: BigInt(baseOffset), appendTimeMs: timeMs < 0 ? null : timeMs };
}

async function offsetsOf(admin: Admin, topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
  const rows = await admin.fetchTopicOffsets(topic);
  return new Map(
    rows.map(({ partition, low, high }) => [partition, { first: BigInt(low), end: BigInt(high) }]),
  );
}
