import type { Clock, Timer } from '../../infra/clients/clock.ts';
import type { Random } from '../../infra/clients/random.ts';
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

  /** SIGKILL: what it has sent is under way, it will do no more. */
  kill(): void {
    this.condition = 'killed';
    this.held = [];
  }

  /** SIGSTOP. */
  freeze(): void {
    if (this.condition === 'alive') this.condition = 'frozen';
  }

  /** SIGCONT. */
  wake(): void {
    if (this.condition !== 'frozen') return;
    this.condition = 'alive';
    const held = this.held;
    this.held = [];
    for (const act of held) this.scheduler.after(0, () => this.reach(act));
  }

  /** Lets something happen in this process: now, when it wakes, or never. */
  reach(act: () => void): void {
    if (this.condition === 'alive') act();
    else if (this.condition === 'frozen') this.held.push(act);
  }
}
