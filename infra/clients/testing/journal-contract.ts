import { randomUUID } from 'node:crypto';
import type { Event, EventBody } from '../../../schemas/generated/orders-events.ts';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../../schemas/topic-codec.ts';
import { systemClock } from '../clock.ts';
import { createJournalConsumer, type PositionedFold } from '../journal-consumer.ts';
import { createKafkajsGroup } from '../kafkajs/kafkajs-group.ts';
import type { Group, OutgoingRecord } from '../log.ts';
import { systemRandom } from '../random.ts';
import type { ContractMember, OpenConsumer, StartOptions } from './consumer.contract.ts';
import { type ContractPlace, unknownSchemaId } from './contract-place.ts';
import { createKeptLogger, testConnection } from './test-kafka.ts';

const source = journalOf('orders');
const schemaId = 7;
const tickMs = 10_000;

/** An orders journal written by hand, with a watermark after each stretch; after its echoes another owner writes. */
export function handWrittenJournal(
  bodiesOf: (id: string) => readonly EventBody[],
): Pick<OpenConsumer, 'newId' | 'records' | 'echoes' | 'fromUnknownWriter'> {
  const ours = createTopicCodec<Event>(source, schemaId);
  const foreign = createTopicCodec<Event>(source, unknownSchemaId);
  const ends = new Map<number, End>();
  const written = new Map<string, readonly OutgoingRecord[]>();

  const event = (codec: TopicCodec<Event>, { seq, atMs, writer }: End, body: EventBody) => {
    const cause = { offset: seq, source: null, seq: null, index: null };
    const value = codec.encode({ seq, atMs, writer, cause, routedThrough: 0, version: 1, body });
    return { key: null, value };
  };
  const barrier = (at: End, follows: string | null): OutgoingRecord =>
    event(ours, at, { type: 'Barrier', writer: at.writer, follows });

  const stretch = (
    codec: TopicCodec<Event>,
    partition: number,
    ids: readonly string[],
  ): readonly OutgoingRecord[] => {
    const known = ends.get(partition);
    const at = known ?? { seq: 0, atMs: 1_700_000_000_000, writer: 'w0' };
    ends.set(partition, at);
    const records = known ? [] : [barrier(at, null)];
    const next = (body: EventBody): OutgoingRecord => {
      at.seq += 1;
      return event(codec, at, body);
    };
    for (const id of ids) {
      const own = bodiesOf(id).map(next);
      written.set(id, own);
      records.push(...own);
    }
    at.atMs += tickMs;
    records.push(next({ type: 'TimePassed', atMs: at.atMs }));
    return records;
  };

  return {
    newId: () => `o-${randomUUID()}`,
    records: (partition, ids) => stretch(ours, partition, ids),
    fromUnknownWriter: (partition, ids) => stretch(foreign, partition, ids),
    echoes(partition, ids) {
      const at = ends.get(partition);
      if (!at) throw new RangeError(`nothing was written to partition ${partition}`);
      const before = { ...at };
      at.writer = `w${Number(before.writer.slice(1)) + 1}`;
      const late = bodiesOf(`o-${randomUUID()}`).map((body, i) =>
        event(ours, { ...before, seq: before.seq + 1 + i }, body),
      );
      return [...ids.flatMap((id) => written.get(id) ?? []), barrier(at, before.writer), ...late];
    },
  };
}

/** Where a partition's writer stands. */
interface End {
  seq: number;
  atMs: number;
  writer: string;
}

export interface FoldMember {
  readonly fold: PositionedFold<EventBody>;
  /** Default true: group offsets follow the fold. */
  readonly commits?: boolean;
  /** Before the consumer is stopped. */
  readonly stop?: () => Promise<void>;
}

/** A member that feeds the place's orders journal to a fold. */
export async function startFold(
  place: ContractPlace,
  options: StartOptions,
  makeFold: (group: () => Group | undefined) => FoldMember,
): Promise<ContractMember> {
  let group: Group | undefined;
  const { fold, commits = true, stop } = makeFold(() => group);
  const left = Promise.withResolvers<void>();
  const consumer = createJournalConsumer({
    journals: [{ codec: createTopicCodec<Event>(source, schemaId), fold }],
    createGroup(member) {
      const joined = place.topics.group(
        createKafkajsGroup(
          {
            ...testConnection(),
            groupId: options.groupId ?? place.groupId,
            topics: [place.topics.name(source)],
            instanceId: randomUUID(),
            pacing: { minBytes: 1, maxWaitMs: 20 },
            sessionTimeoutMs: 3_000,
          },
          place.topics.member(member),
        ),
      );
      group = { ...joined, stop: () => joined.stop().finally(() => left.resolve()) };
      return group;
    },
    log: place.log,
    askForWriter: place.registry.askForWriter,
    clock: systemClock,
    random: systemRandom,
    logger: createKeptLogger(),
    onFatal: (error) => {
      throw error;
    },
    commits,
  });
  await consumer.start();
  let stopped: Promise<void> | undefined;
  return {
    notReady() {
      const { ready, checks } = consumer.readiness();
      return ready ? null : JSON.stringify(checks);
    },
    stop() {
      stopped ??= (async () => {
        await stop?.();
        await consumer.stop();
      })();
      return stopped;
    },
    kill() {
      stopped ??= consumer.stop();
      return left.promise; // what hangs in the fold hangs for ever
    },
  };
}
