import { LogFault } from '../../infra/clients/log-fault.ts';
import type { Group, GroupMember, LogRecord, TopicPartition } from '../../infra/clients/log.ts';
import { quiet } from './event-heap.ts';
import type { LogFaults } from './sim-log-client.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';

/** How a coordinator and its members behave; changed while the world runs. */
export interface GroupFaults {
  /** A member that does not answer for this long is put out, ms. */
  readonly sessionMs: number;
  /** A member learns that a rebalance has begun within this, ms: until then it works on, owner or not. */
  hearMs: number;
  /** From there to its assignment it takes up to this, ms: a slow join. */
  joinMs: number;
  /** Partitions are dealt out by chance, not evenly. */
  uneven: number;
}

const minHearMs = 1;
/** What a member that was put out has left to go on in its error, until its heartbeat is answered, ms. */
const learnsWithinMs = 300;

export interface GroupSurroundings {
  readonly scheduler: Scheduler;
  readonly log: SimLog;
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly faults: GroupFaults;
  readonly network: LogFaults;
}

/** A coordinator: shares the partitions of its topics out among its members, and keeps what they commit. */
export class SimGroup {
  readonly surroundings: GroupSurroundings;
  readonly commits = new Map<string, bigint>();
  private members: Member[] = [];
  private generation = 0;

  constructor(surroundings: GroupSurroundings) {
    this.surroundings = surroundings;
  }

  member(process: SimProcess, listener: GroupMember): Group {
    const member = new Member(this, process, listener);
    process.onChange(() => this.watch(member));
    return member;
  }

  get size(): number {
    return this.members.length;
  }

  join(member: Member): void {
    if (!this.members.includes(member)) this.members.push(member);
    this.rebalance();
  }

  leave(member: Member): void {
    if (!this.members.includes(member)) return;
    this.members = this.members.filter((other) => other !== member);
    if (this.members.length > 0) this.rebalance();
  }

  isMember(member: Member): boolean {
    return this.members.includes(member);
  }

  /** A new generation: everybody gets an assignment, also an unchanged one. */
  rebalance(): void {
    const { scheduler, partitions, topics, faults } = this.surroundings;
    if (this.members.length === 0) return;
    this.generation += 1;
    const { network } = scheduler.draws;
    const isUneven = scheduler.draws.faults.chance(faults.uneven);
    const turn = network.below(this.members.length);
    for (const member of this.members) member.assigned = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      const place = isUneven ? network.below(this.members.length) : (partition + turn) % this.members.length;
      const owner = this.members[place];
      for (const topic of topics) owner?.assigned.push({ topic, partition });
    }
    for (const member of this.members) member.hear(this.generation);
  }

  /** Heartbeats: silent members are put out; one that comes back learns what it slept through. */
  private watch(member: Member): void {
    const { scheduler, faults } = this.surroundings;
    const { process } = member;
    if (process.isAlive) {
      const delayMs = scheduler.draws.network.below(learnsWithinMs);
      scheduler.after(delayMs, () => process.reach(() => this.returned(member)));
      return;
    }
    const { changes } = process;
    scheduler.after(faults.sessionMs, () => {
      if (process.changes === changes) this.leave(member);
    });
  }

  private returned(member: Member): void {
    if (member.isStopped) return;
    if (!this.isMember(member)) this.join(member);
    else if (member.heard < this.generation) member.hear(this.generation);
  }
}

interface Delivery {
  /** As `keyOf` its partition. */
  readonly key: string;
  position: bigint;
  paused: boolean;
  /** Rises with each seek: what was under way before is dropped. */
  readonly epoch: number;
  fetching: boolean;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

class Member implements Group {
  readonly process: SimProcess;
  assigned: TopicPartition[] = [];
  /** The last generation whose assignment reached it. */
  heard = 0;
  isStopped = false;
  private readonly group: SimGroup;
  private readonly listener: GroupMember;
  private deliveries = new Map<string, Delivery>();
  private epoch = 0;
  /** A member's commits arrive in order. */
  private commitArrivesMs = 0;
  private announced: (() => void) | null = null;

  constructor(group: SimGroup, process: SimProcess, listener: GroupMember) {
    this.group = group;
    this.process = process;
    this.listener = listener;
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.announced = resolve;
      this.group.join(this);
    });
  }

  /**
   * It learns first that a rebalance has begun, then what it owns; neither while it is stopped. An answer that is on
   * its way arrives also when the next generation has begun, and others own what it names.
   */
  hear(generation: number): void {
    const { scheduler, faults } = this.group.surroundings;
    const assigned = this.assigned;
    const heardMs = minHearMs + scheduler.draws.network.below(faults.hearMs + 1);
    const joinedMs = heardMs + minHearMs + scheduler.draws.network.below(faults.joinMs + 1);
    scheduler.after(heardMs, () => {
      if (this.process.isAlive && this.heard < generation && !this.isStopped) this.listener.onRevoking();
    });
    scheduler.after(joinedMs, () => {
      if (!this.process.isAlive || this.heard >= generation || this.isStopped) return;
      this.heard = generation;
      this.deliveries = new Map();
      this.listener.onAssigned(assigned);
      this.announced?.();
    });
  }

  resumeAt(at: TopicPartition, offset: bigint): void {
    this.epoch += 1;
    const key = keyOf(at);
    this.deliveries.set(key, {
      key,
      position: offset,
      paused: false,
      epoch: this.epoch,
      fetching: false,
    });
    this.fetch(at);
  }

  pause(at: TopicPartition): void {
    const delivery = this.deliveries.get(keyOf(at));
    if (delivery) delivery.paused = true;
  }

  resume(at: TopicPartition): void {
    const delivery = this.deliveries.get(keyOf(at));
    if (!delivery) return;
    delivery.paused = false;
    this.fetch(at);
  }

  rejoin(): void {
    const { scheduler } = this.group.surroundings;
    scheduler.after(minHearMs, () => this.process.reach(() => this.isStopped || this.group.join(this)));
  }

  /** The coordinator takes commits of its members alone, and of their generation. */
  commit(at: TopicPartition, offset: bigint): void {
    const { scheduler, network } = this.group.surroundings;
    const { heard } = this;
    const nowMs = scheduler.nowMs();
    this.commitArrivesMs = Math.max(this.commitArrivesMs, nowMs + scheduler.way(network.wayMs));
    scheduler.after(this.commitArrivesMs - nowMs, () => {
      if (this.group.isMember(this) && this.heard === heard) this.group.commits.set(keyOf(at), offset);
      return quiet;
    });
  }

  committed(at: TopicPartition): Promise<bigint | null> {
    const { scheduler, network } = this.group.surroundings;
    return new Promise((resolve) => {
      scheduler.after(scheduler.way(network.wayMs), () => {
        const offset = this.group.commits.get(keyOf(at)) ?? null;
        scheduler.after(scheduler.way(network.wayMs), () => this.process.reach(() => resolve(offset)));
      });
    });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.deliveries = new Map();
    this.group.leave(this);
  }

  private fetch(at: TopicPartition): void {
    const { scheduler, network } = this.group.surroundings;
    const delivery = this.deliveries.get(keyOf(at));
    if (!delivery || delivery.paused || delivery.fetching || this.process.isKilled) return;
    delivery.fetching = true;
    scheduler.after(scheduler.way(network.wayMs), () => this.answer(at, delivery));
  }

  /** What the log has for the fetch, now or when it has something. */
  private answer(at: TopicPartition, delivery: Delivery): typeof quiet | void {
    if (this.process.isKilled || !this.isCurrent(delivery)) return quiet;
    if (delivery.paused) {
      delivery.fetching = false;
      return quiet;
    }
    const { log, network, scheduler } = this.group.surroundings;
    let records: readonly LogRecord[];
    try {
      records = log.read(at, delivery.position, network.fetchMax);
    } catch (error) {
      if (!(error instanceof LogFault)) throw error;
      return this.process.reach(() => {
        if (this.isCurrent(delivery)) this.listener.onFatal(error);
      });
    }
    if (records.length === 0) {
      const gatherMs = network.gatherMs + scheduler.way(network.wayMs);
      log.whenItGrows(at, gatherMs, () => this.answer(at, delivery));
      return quiet;
    }
    return this.process.reach(() => {
      if (!this.isCurrent(delivery)) return;
      delivery.fetching = false;
      if (delivery.paused) return;
      delivery.position += BigInt(records.length);
      try {
        this.listener.onRecords(at, records);
      } catch (error) {
        this.isStopped = true;
        this.deliveries = new Map();
        this.listener.onFatal(error as Error);
        return;
      }
      this.fetch(at);
    });
  }

  private isCurrent({ key, epoch }: Delivery): boolean {
    return this.deliveries.get(key)?.epoch === epoch;
  }
}
