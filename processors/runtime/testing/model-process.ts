import type {
  Append,
  AppendOutcome,
  Log,
  LogReader,
  LogRecord,
  ReadHandle,
  ReadSink,
  TopicPartition,
} from '../../../infra/clients/log.ts';
import type { Clock, Timer } from '../../../infra/clients/clock.ts';
import type { Random } from '../../../infra/clients/random.ts';
import type { ModelBroker } from './model-broker.ts';
import type { ModelClock } from './model-clock.ts';

/** One way over the network. */
const latencyMs = 1;
const recordsPerFetch = 100;

/**
 * One process of the model: its ports, and the gate through which everything reaches it. A frozen process is a
 * zombie: requests it has sent go on, nothing reaches it until it thaws, then everything at once, in order.
 */
export class ModelProcess {
  readonly name: string;
  /** Own clock ahead of the true time. */
  clockLeadMs = 0;
  private readonly world: ModelClock;
  private readonly broker: ModelBroker;
  private condition: 'alive' | 'frozen' | 'killed' = 'alive';
  private held: (() => void)[] = [];
  private tokens = 0;

  constructor(name: string, world: ModelClock, broker: ModelBroker) {
    this.name = name;
    this.world = world;
    this.broker = broker;
  }

  readonly clock: Clock = {
    nowMs: () => this.world.nowMs() + this.clockLeadMs,
    setTimer: (delayMs, fire): Timer => this.world.setTimer(delayMs, () => this.reach(fire)),
  };

  readonly random: Pick<Random, 'token'> = {
    token: () => {
      this.tokens += 1;
      return `${this.name}-${this.tokens}`;
    },
  };

  readonly log: Log = {
    append: (appends) => this.send(appends),
    leaderOf: ({ partition }) => partition % 2,
    partitionsOf: async (topic) => this.broker.partitionsOf(topic),
    offsetsOf: (topic) =>
      this.ask(() => {
        const partitions = Array.from(
          { length: this.broker.partitionsOf(topic) },
          (_, partition) => partition,
        );
        return new Map(partitions.map((partition) => [partition, this.broker.rangeOf({ topic, partition })]));
      }),
    close: async () => undefined,
  };

  readonly reader: LogReader = {
    read: (at, from, sink) => this.read(at, from, sink),
    close: async () => undefined,
  };

  get isAlive(): boolean {
    return this.condition === 'alive';
  }

  get isKilled(): boolean {
    return this.condition === 'killed';
  }

  /** SIGKILL: what it sent is under way, it will do no more. */
  kill(): void {
    this.condition = 'killed';
    this.held = [];
  }

  /** SIGSTOP. */
  freeze(): void {
    this.condition = 'frozen';
  }

  /** SIGCONT. */
  thaw(): void {
    this.condition = 'alive';
    const held = this.held;
    this.held = [];
    for (const act of held) this.world.setTimer(0, () => this.reach(act));
  }

  /** Lets something happen in this process, now or when it thaws. */
  reach(act: () => void): void {
    if (this.condition === 'alive') act();
    else if (this.condition === 'frozen') this.held.push(act);
  }

  private send(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    return this.ask(() => appends.map((append) => this.broker.receive(append, this.name)));
  }

  /** A request and its answer; the broker acts between them whatever becomes of the asker. */
  private ask<T>(act: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.world.setTimer(latencyMs, () => {
        const answer = act();
        this.world.setTimer(latencyMs, () => this.reach(() => resolve(answer)));
      });
    });
  }

  private read(at: TopicPartition, from: bigint, sink: ReadSink): ReadHandle {
    let stopped = false;
    let next = from;
    const fetch = (): void => {
      if (stopped || this.isKilled) return;
      const { first, end } = this.broker.rangeOf(at);
      if (next < first || next > end) {
        this.world.setTimer(latencyMs, () =>
          this.reach(() => sink.onFatal(new Error(`no offset ${next} in the log`))),
        );
        return;
      }
      const records = this.broker.read(at, next, recordsPerFetch);
      if (records.length === 0) return this.broker.whenItGrows(at, fetch);
      this.world.setTimer(latencyMs, () => this.reach(() => void deliver(records)));
    };
    const deliver = async (records: readonly LogRecord[]): Promise<void> => {
      if (stopped) return;
      next = (records.at(-1)?.offset ?? next) + 1n;
      await sink.onRecords(records);
      fetch();
    };
    fetch();
    return {
      stop: () => {
        stopped = true;
      },
    };
  }
}
