import type { Group, GroupMember, TopicPartition } from '../../../infra/clients/log.ts';
import type { ModelBroker } from './model-broker.ts';
import type { ModelClock } from './model-clock.ts';
import type { ModelProcess } from './model-process.ts';

const latencyMs = 1;
const recordsPerFetch = 50;
/** What a zombie has left to go on in its error, until its heartbeat is answered. */
const learnsAfterMs = 300;

/** A coordinator and its members: shares the partitions of one topic out, evenly, by the members' names. */
export class ModelGroup {
  /** A member that does not answer for this long is put out. */
  sessionMs = 6_000;
  private readonly clock: ModelClock;
  private readonly broker: ModelBroker;
  private readonly topic: string;
  private members: ModelMember[] = [];
  private generation = 0;

  constructor(clock: ModelClock, broker: ModelBroker, topic: string) {
    this.clock = clock;
    this.broker = broker;
    this.topic = topic;
    this.watch();
  }

  member(process: ModelProcess, listener: GroupMember): Group {
    return new ModelMember(this, process, listener, this.clock, this.broker);
  }

  join(member: ModelMember): void {
    if (!this.members.includes(member)) this.members.push(member);
    this.members.sort((a, b) => a.process.name.localeCompare(b.process.name));
    this.rebalance();
  }

  leave(member: ModelMember): void {
    this.members = this.members.filter((other) => other !== member);
    this.rebalance();
  }

  /** A new generation: everybody gets an assignment, also an unchanged one. */
  rebalance(): void {
    this.generation += 1;
    for (const member of this.members) this.announce(member);
  }

  private announce(member: ModelMember): void {
    const partitions = Array.from(
      { length: this.broker.partitionsOf(this.topic) },
      (_, partition) => partition,
    );
    const place = this.members.indexOf(member);
    const own = partitions.filter((partition) => partition % this.members.length === place);
    member.hear(
      own.map((partition) => ({ topic: this.topic, partition })),
      this.generation,
    );
  }

  /**
   * Heartbeats: a silent member is put out, and one that was put out and is back joins again; one that slept
   * through a rebalance hears of it now. Nothing is told to a process that is stopped.
   */
  private watch(): void {
    for (const member of this.members) {
      if (!member.process.isAlive) continue;
      member.lastSeenMs = this.clock.nowMs();
      if (member.heard < this.generation) this.announce(member);
    }
    const gone = this.members.filter(({ lastSeenMs }) => this.clock.nowMs() - lastSeenMs > this.sessionMs);
    for (const member of gone) {
      this.leave(member);
      member.process.reach(() =>
        this.clock.setTimer(learnsAfterMs, () => member.process.reach(() => this.join(member))),
      );
    }
    this.clock.setTimer(250, () => this.watch());
  }
}

interface Delivery {
  position: bigint;
  paused: boolean;
  /** Rises with each seek: what was under way before is dropped. */
  epoch: number;
  fetching: boolean;
}

class ModelMember implements Group {
  readonly process: ModelProcess;
  lastSeenMs: number;
  /** The last generation whose assignment reached it. */
  heard = 0;
  private readonly group: ModelGroup;
  private readonly listener: GroupMember;
  private readonly clock: ModelClock;
  private readonly broker: ModelBroker;
  private deliveries = new Map<number, Delivery>();
  private epoch = 0;
  private readonly commits = new Map<number, bigint>();
  private announced: (() => void) | null = null;

  constructor(
    group: ModelGroup,
    process: ModelProcess,
    listener: GroupMember,
    clock: ModelClock,
    broker: ModelBroker,
  ) {
    this.group = group;
    this.process = process;
    this.listener = listener;
    this.clock = clock;
    this.broker = broker;
    this.lastSeenMs = clock.nowMs();
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.announced = resolve;
      this.lastSeenMs = this.clock.nowMs();
      this.group.join(this);
    });
  }

  /** The member learns first that a rebalance has begun, then what it owns; neither while it is stopped. */
  hear(own: readonly TopicPartition[], generation: number): void {
    this.clock.setTimer(latencyMs, () => {
      if (this.process.isAlive && this.heard < generation) this.listener.onRevoking();
    });
    this.clock.setTimer(3 * latencyMs, () => {
      if (!this.process.isAlive || this.heard >= generation) return;
      this.heard = generation;
      this.deliveries = new Map();
      this.listener.onAssigned(own);
      this.announced?.();
    });
  }

  resumeAt(at: TopicPartition, offset: bigint): void {
    this.epoch += 1;
    this.deliveries.set(at.partition, {
      position: offset,
      paused: false,
      epoch: this.epoch,
      fetching: false,
    });
    this.fetch(at);
  }

  pause(at: TopicPartition): void {
    const delivery = this.deliveries.get(at.partition);
    if (delivery) delivery.paused = true;
  }

  resume(at: TopicPartition): void {
    const delivery = this.deliveries.get(at.partition);
    if (!delivery) return;
    delivery.paused = false;
    this.fetch(at);
  }

  rejoin(): void {
    this.clock.setTimer(latencyMs, () => this.process.reach(() => this.group.join(this)));
  }

  commit(at: TopicPartition, offset: bigint): void {
    this.commits.set(at.partition, offset);
  }

  async committed(at: TopicPartition): Promise<bigint | null> {
    return this.commits.get(at.partition) ?? null;
  }

  async stop(): Promise<void> {
    this.deliveries = new Map();
    this.group.leave(this);
  }

  private fetch(at: TopicPartition): void {
    const delivery = this.deliveries.get(at.partition);
    if (!delivery || delivery.paused || delivery.fetching || this.process.isKilled) return;
    const records = this.broker.read(at, delivery.position, recordsPerFetch);
    delivery.fetching = true;
    const isCurrent = (): boolean => this.deliveries.get(at.partition)?.epoch === delivery.epoch;
    const again = (): void => {
      delivery.fetching = false;
      if (isCurrent()) this.fetch(at);
    };
    if (records.length === 0) return this.broker.whenItGrows(at, again);
    this.clock.setTimer(latencyMs, () =>
      this.process.reach(() => {
        if (!isCurrent()) return;
        delivery.position += BigInt(records.length);
        this.listener.onRecords(at, records);
        again();
      }),
    );
  }
}
