import type { Clock, Timer } from '../../infra/clients/clock.ts';
import type { Random } from '../../infra/clients/random.ts';
import { quiet } from './event-heap.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * A process of the simulated world, and the gate through which everything reaches it. Stopped, it is a zombie: what
 * it has sent goes on, nothing reaches it until it is woken, then everything at once, in order. Killed, it never
 * learns anything again.
 */
export class SimProcess {
  readonly name: string;
  /** Own clock ahead of the true time; negative if behind. */
  clockLeadMs = 0;
  private readonly scheduler: Scheduler;
  private condition: 'alive' | 'frozen' | 'killed' = 'alive';
  private held: (() => void)[] = [];
  private tokens = 0;
  /** Times it was stopped, woken or killed. */
  changes = 0;
  private watchers: (() => void)[] = [];

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.scheduler = scheduler;
  }

  readonly clock: Clock = {
    nowMs: () => this.scheduler.nowMs() + this.clockLeadMs,
    setTimer: (delayMs, fire): Timer => this.scheduler.after(delayMs, () => this.reach(fire)),
  };

  readonly random: Random = {
    number: () => this.scheduler.draws.network.below(1_000) / 1_000,
    token: () => {
      this.tokens += 1;
      return `${this.name}-${this.tokens}`;
    },
  };

  get isAlive(): boolean {
    return this.condition === 'alive';
  }

  get isKilled(): boolean {
    return this.condition === 'killed';
  }

  /** Calls whenever it was stopped, woken or killed. */
  onChange(watch: () => void): void {
    this.watchers.push(watch);
  }

  /** SIGKILL: what it has sent is under way, it will do no more. */
  kill(): void {
    if (this.condition === 'killed') return;
    this.condition = 'killed';
    this.held = [];
    this.changed();
  }

  /** SIGSTOP. */
  freeze(): void {
    if (this.condition !== 'alive') return;
    this.condition = 'frozen';
    this.changed();
  }

  /** SIGCONT. */
  wake(): void {
    if (this.condition !== 'frozen') return;
    this.condition = 'alive';
    const held = this.held;
    this.held = [];
    for (const act of held) this.scheduler.after(0, () => this.reach(act));
    this.changed();
  }

  /** Lets something happen in this process: now, when it wakes, or never. `quiet` if not now. */
  reach(act: () => void): typeof quiet | void {
    if (this.condition !== 'alive') {
      if (this.condition === 'frozen') this.held.push(act);
      return quiet;
    }
    act();
  }

  private changed(): void {
    this.changes += 1;
    for (const watch of this.watchers) watch();
  }
}
