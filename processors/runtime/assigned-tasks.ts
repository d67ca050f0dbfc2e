import type { Body } from '../../schemas/envelope.ts';
import { pause, type Timer } from '../../infra/clients/clock.ts';
import type { Group, GroupMember, LogRecord, TopicPartition } from '../../infra/clients/log.ts';
import { LogFault } from '../../infra/clients/log-fault.ts';
import { FatalFault } from './faults.ts';
import { Task } from './task.ts';
import type { TaskSurroundings } from './task-surroundings.ts';
import { createTicker, type Ticker } from './ticker.ts';

/** What stands for one processor in one process: a member of its group with a task for each partition it owns. */
export type MemberSurroundings<S, C extends Body, E extends Body> = Omit<
  TaskSurroundings<S, C, E>,
  'group' | 'onLost' | 'onSpoiled' | 'onTraffic' | 'onTickWanted'
>;

/**
 * The tasks of the partitions assigned to this member. Each assignment, also one that looks unchanged, drops
 * all of them and takes every partition over anew: only the journal knows who its owner is.
 */
export class AssignedTasks<S, C extends Body, E extends Body> implements GroupMember {
  private readonly all: TaskSurroundings<S, C, E>;
  private readonly group: Group;
  private readonly ticker: Ticker;
  private tasks = new Map<number, Task<S, C, E>>();
  private hasAssignment = false;
  private isRejoining = false;
  /** Runs while a new assignment is due. */
  private overdue: Timer | null = null;
  private isStopping = false;
  private crash: Error | null = null;

  /** `join` makes the group whose member this is. */
  constructor(all: MemberSurroundings<S, C, E>, join: (member: GroupMember) => Group) {
    this.group = join(this);
    this.ticker = createTicker({
      ...all,
      codec: all.outboxes[all.processor.name],
      ownedNow: () => [...this.tasks.values()].filter(({ state }) => state === 'running'),
    });
    this.all = {
      ...all,
      group: this.group,
      onLost: () => this.rejoin(),
      onSpoiled: (partition) => this.takeOverAgain(partition),
      onTraffic: () => this.ticker.noteTraffic(),
      onTickWanted: (partition) => this.ticker.tickNow(partition),
    };
  }

  /** Resolves when the first assignment is known; the take-overs go on after it. */
  start(): Promise<void> {
    return this.group.start();
  }

  /** Why this member is not ready, or null: all assigned partitions are taken over, none has stopped. */
  notReady(): string | null {
    if (this.crash) return this.crash.message;
    if (!this.hasAssignment) return 'no partitions assigned yet';
    const waiting = [...this.tasks.values()].filter(({ state }) => state !== 'running');
    return waiting.length === 0 ? null : waiting.map((task) => `${task.partition} ${task.state}`).join(', ');
  }

  /** The state of each assigned partition's task. */
  states(): ReadonlyMap<number, Task<S, C, E>['state']> {
    return new Map([...this.tasks].map(([partition, task]) => [partition, task.state]));
  }

  onAssigned(partitions: readonly TopicPartition[]): void {
    for (const task of this.tasks.values()) task.drop();
    this.hasAssignment = true;
    this.isRejoining = false;
    this.overdue?.cancel();
    this.overdue = null;
    this.tasks = new Map();
    if (this.isStopping) return;
    for (const { partition } of partitions) this.tasks.set(partition, new Task(this.all, partition));
    for (const task of this.tasks.values()) task.start();
    this.ticker.noteTraffic();
  }

  onRecords(at: TopicPartition, records: readonly LogRecord[]): void {
    this.tasks.get(at.partition)?.take(records);
  }

  onRevoking(): void {
    for (const task of this.tasks.values()) task.quiesce();
    this.expectAssignment();
  }

  /** A fault of one partition stops its task; any other ends what this member can do. */
  onFatal(error: Error): void {
    if (error instanceof LogFault) {
      // One that is not ours any more has nobody here whom the fault could harm.
      this.tasks.get(error.at.partition)?.stop(new FatalFault('inbox-jump', error.message, { cause: error }));
      return;
    }
    this.crash = error;
    for (const task of this.tasks.values()) task.drop();
    this.ticker.stop();
    this.overdue?.cancel();
    this.all.observer.crashed(error);
  }

  /** Finishes what is in flight, for `graceMs` at most, then leaves the group. */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.all;
    this.isStopping = true;
    this.ticker.stop();
    this.overdue?.cancel();
    this.onRevoking();
    const deadlineMs = clock.nowMs() + graceMs;
    const never = new AbortController().signal;
    const isIdle = (): boolean => [...this.tasks.values()].every((task) => task.isIdle);
    while (!isIdle() && clock.nowMs() < deadlineMs) await pause(clock, idleLookMs, never);
    if (isIdle())
      await Promise.race([
        this.takeLastSnapshots(),
        pause(clock, Math.max(0, deadlineMs - clock.nowMs()), never),
      ]);
    for (const task of this.tasks.values()) task.drop();
    await this.group.stop();
  }

  /** A new task for a partition that stays ours. */
  private takeOverAgain(partition: number): void {
    const task = this.tasks.get(partition);
    if (!task || task.state !== 'running') return;
    task.drop();
    this.group.pause(task.inbox);
    const next = new Task(this.all, partition);
    this.tasks.set(partition, next);
    next.start();
  }

  /** One that is not done in time has no manifest, and the one before it stands. */
  private async takeLastSnapshots(): Promise<void> {
    for (const task of this.tasks.values()) await task.takeLastSnapshot();
  }

  /** Once for each generation, however many partitions were lost. */
  private rejoin(): void {
    if (this.isStopping || this.isRejoining) return;
    this.isRejoining = true;
    this.group.rejoin();
    this.expectAssignment();
  }

  /** Tasks that rest for a rebalance which never ends would rest for ever: then it is asked for. */
  private expectAssignment(): void {
    if (this.overdue || this.isStopping) return;
    this.overdue = this.all.clock.setTimer(assignmentWithinMs, () => {
      this.overdue = null;
      this.isRejoining = false;
      for (const partition of this.tasks.keys())
        this.all.observer.waiting(partition, 'no assignment came, joining again');
      this.rejoin();
    });
  }
}

/** Longer than any rebalance: session and rebalance time-outs are 6 and 10 s. */
const assignmentWithinMs = 30_000;
const idleLookMs = 10;
