import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import {
  inboxOf,
  journalOf,
  type ProcessorName,
  processorNames,
  quarantineOf,
  snapshotsOf,
} from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../../schemas/topic-codec.ts';
import { AssignedTasks } from '../assigned-tasks.ts';
import { createFlusher } from '../flusher.ts';
import { KnownEnds } from '../known-ends.ts';
import type { Outboxes } from '../messages.ts';
import type { RuntimeObserver } from '../observer.ts';
import type { WriterAnswer } from '../ports.ts';
import type { Processor } from '../processor.ts';
import type { TaskLimits } from '../task-surroundings.ts';
import { ModelBroker } from './model-broker.ts';
import { ModelClock } from './model-clock.ts';
import { ModelGroup } from './model-group.ts';
import { ModelProcess } from './model-process.ts';
import { judgeJournal, schemaId, type ValidEvent } from './valid-events.ts';
import { createSnapshotSettings } from '../snapshotter.ts';

/** One happening as its observer was told it. */
export type Happening = readonly [process: string, what: keyof RuntimeObserver, ...details: unknown[]];

/** A broker, its topics, and processes that run the real runtime over the model's ports. */
export class World {
  readonly clock = new ModelClock();
  readonly broker = new ModelBroker(this.clock);
  readonly partitions: number;
  readonly happenings: Happening[] = [];
  limits: TaskLimits = {
    sliceRecordsMax: 20,
    queue: { recordsMax: 200, bytesMax: 1_000_000 },
    backlogMax: 500,
  };
  /** Events between two snapshots; 0: none are taken. */
  snapshotEvents = 0;
  /** Asked for each unknown writer schema. */
  learnWriter: (topic: string, id: number) => WriterAnswer | Promise<WriterAnswer> = () => ({
    is: 'wait',
    why: 'registry down',
  });
  /** What every process of this world reads and writes a topic with. */
  codecOf: <T extends { readonly body: Body }>(topic: string) => TopicCodec<T> = (topic) =>
    createTopicCodec(topic, schemaId);
  private readonly groups = new Map<ProcessorName, ModelGroup>();
  private readonly inboxes = new Map<ProcessorName, TopicCodec<CommandEnvelope<Body>>>();

  constructor(partitions = 2) {
    this.partitions = partitions;
    for (const name of processorNames) {
      for (const topic of [inboxOf(name), journalOf(name), quarantineOf(name), snapshotsOf(name)])
        this.broker.createTopic(topic, partitions);
      this.groups.set(name, new ModelGroup(this.clock, this.broker, inboxOf(name)));
    }
  }

  /** A process with one processor in it, about to join. */
  start<S, C extends Body, E extends Body>(name: string, processor: Processor<S, C, E>): Running<S, C, E> {
    const process = new ModelProcess(name, this.clock, this.broker);
    const { log, reader, clock, random } = process;
    const group = this.groups.get(processor.name);
    if (!group) throw new RangeError(`no group of ${processor.name}`);
    const outboxes = Object.fromEntries(
      processorNames.map((to) => [to, this.codecOf<CommandEnvelope<Body>>(inboxOf(to))]),
    ) as Record<ProcessorName, TopicCodec<CommandEnvelope<Body>>> satisfies Outboxes;
    const tasks = new AssignedTasks<S, C, E>(
      {
        // so few, that what a test touches is packed and unpacked again
        processor: { ...processor, looseMax: 3 },
        partitions: this.partitions,
        inboxCodec: this.codecOf<CommandEnvelope<C>>(inboxOf(processor.name)),
        journalCodec: this.codecOf<EventEnvelope<Body>>(journalOf(processor.name)),
        outboxes,
        log,
        reader,
        flusher: createFlusher(log),
        clock,
        random,
        learnWriter: async (topic, id) => this.learnWriter(topic, id),
        poisonSchemas: new Map(),
        known: new KnownEnds(),
        observer: this.observerOf(name),
        limits: this.limits,
        snapshots: createSnapshotSettings(this.snapshotEvents),
      },
      (member) => group.member(process, member),
    );
    void tasks.start();
    return { process, tasks };
  }

  /** Puts a command from outside on its inbox. */
  command(
    processor: ProcessorName,
    key: string,
    envelope: Partial<CommandEnvelope<Body>> & { body: Body },
  ): bigint {
    const full = { store: 's', commandId: null, fingerprint: null, requestId: null, ...envelope };
    const codec = this.inboxes.get(processor) ?? this.codecOf<CommandEnvelope<Body>>(inboxOf(processor));
    this.inboxes.set(processor, codec);
    const records = [{ key, value: codec.encode(full) }];
    return this.broker.append({
      topic: inboxOf(processor),
      partition: partitionOf(key, this.partitions),
      records,
    });
  }

  /** The events of a journal partition that count, by the rule everybody reads by. */
  valid(processor: ProcessorName, partition: number): readonly ValidEvent[] {
    const topic = journalOf(processor);
    return judgeJournal(topic, this.broker.all({ topic, partition })).valid;
  }

  /** Records in a journal that count for nobody. */
  voidCount(processor: ProcessorName, partition: number): number {
    const topic = journalOf(processor);
    return judgeJournal(topic, this.broker.all({ topic, partition })).voidCount;
  }

  told(what: keyof RuntimeObserver): Happening[] {
    return this.happenings.filter((happening) => happening[1] === what);
  }

  private observerOf(process: string): RuntimeObserver {
    const tell =
      (what: keyof RuntimeObserver) =>
      (...details: unknown[]): void => {
        this.happenings.push([process, what, ...details]);
      };
    return {
      sliceDone: tell('sliceDone'),
      tookOver: tell('tookOver'),
      snapshot: tell('snapshot'),
      sawVoidRecords: tell('sawVoidRecords'),
      appendUnknown: tell('appendUnknown'),
      waiting: tell('waiting'),
      lostOwnership: tell('lostOwnership'),
      page: tell('page'),
      crashed: tell('crashed'),
    };
  }
}

export interface Running<S, C extends Body, E extends Body> {
  readonly process: ModelProcess;
  readonly tasks: AssignedTasks<S, C, E>;
}
