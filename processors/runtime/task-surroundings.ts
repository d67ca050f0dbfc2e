import type { Clock } from '../../infra/clients/clock.ts';
import type { Group, Log, LogReader } from '../../infra/clients/log.ts';
import type { Random } from '../../infra/clients/random.ts';
import type { Body, CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Flusher } from './flusher.ts';
import type { KnownEnds } from './known-ends.ts';
import type { Outboxes } from './messages.ts';
import type { RuntimeObserver } from './observer.ts';
import type { LearnWriter } from './ports.ts';
import type { Processor } from './processor.ts';
import type { QueueLimits } from './record-queue.ts';
import type { SnapshotSettings } from './snapshotter.ts';

/** What the tasks of one processor in one process share. */
export interface TaskSurroundings<S, C extends Body, E extends Body> {
  readonly processor: Processor<S, C, E>;
  readonly partitions: number;
  readonly inboxCodec: TopicCodec<CommandEnvelope<C>>;
  readonly journalCodec: TopicCodec<EventEnvelope<Body>>;
  readonly outboxes: Outboxes;
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  readonly group: Pick<Group, 'resumeAt' | 'pause' | 'resume' | 'commit'>;
  readonly flusher: Flusher;
  readonly clock: Clock;
  readonly random: Pick<Random, 'token'>;
  readonly learnWriter: LearnWriter;
  readonly poisonSchemas: Map<number, 'unknown-schema' | 'wrong-subject'>;
  readonly known: KnownEnds;
  readonly observer: RuntimeObserver;
  readonly limits: TaskLimits;
  readonly snapshots: SnapshotSettings;
  /** Another owns a partition of ours: the whole member has to join again. */
  readonly onLost: () => void;
  /** The partition's memory is spoiled: a new task is to take it over. */
  readonly onSpoiled: (partition: number) => void;
  /** A slice with more than Ticks was decided. */
  readonly onTraffic: () => void;
  /** A partition needs its next Tick at once. */
  readonly onTickWanted: (partition: number) => void;
}

export interface TaskLimits {
  readonly sliceRecordsMax: number;
  readonly queue: QueueLimits;
  /** Messages on the way; above it no new slice begins. */
  readonly backlogMax: number;
}
