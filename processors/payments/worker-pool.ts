export interface WorkerPoolLimits {
  readonly partitionMax: number;
  readonly totalMax: number;
}

/** Runs tasks, few at a time, in the order they came within a partition, partitions in turn. */
export interface WorkerPool {
  /**
   * Runs `task` when there is room. Of one name one task runs at a time: a second one waits for the first.
   * A task that rejects is a bug: it becomes an unhandled rejection, which ends the process.
   */
  submit(partition: number, name: string, task: () => Promise<void>): void;
  /** Drops what waits for the partition; what runs goes on. */
  forget(partition: number): void;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly name: string;
  readonly task: () => Promise<void>;
}

interface Lane {
  running: number;
  waiting: Waiting[];
}

export function createWorkerPool({ partitionMax, totalMax }: WorkerPoolLimits): WorkerPool {
  const lanes = new Map<number, Lane>();
  /** Names that run, and what waits for each of them. */
  const running = new Map<string, (() => void)[]>();
  let total = 0;
  let whenIdle: (() => void)[] = [];

  const laneOf = (partition: number): Lane => {
    const lane = lanes.get(partition) ?? { running: 0, waiting: [] };
    lanes.set(partition, lane);
    return lane;
  };

  const submit = (partition: number, name: string, task: () => Promise<void>): void => {
    const blocked = running.get(name);
    if (blocked) blocked.push(() => submit(partition, name, task));
    else {
      laneOf(partition).waiting.push({ name, task });
      fill();
    }
  };

  /** Starts one task of the lane if there is room for it. */
  const startNext = (lane: Lane): boolean => {
    if (total >= totalMax || lane.running >= partitionMax) return false;
    const next = lane.waiting.shift();
    if (next) start(lane, next);
    return next !== undefined;
  };

  /** Lanes in turn: one that started something stands behind all others, where the loop meets it again. */
  const fill = (): void => {
    for (const [partition, lane] of lanes) {
      if (!startNext(lane)) continue;
      lanes.delete(partition);
      lanes.set(partition, lane);
    }
    if (total > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };

  const start = (lane: Lane, { name, task }: Waiting): void => {
    total += 1;
    lane.running += 1;
    running.set(name, []);
    void task().finally(() => {
      total -= 1;
      lane.running -= 1;
      const blocked = running.get(name) ?? [];
      running.delete(name);
      for (const again of blocked) again();
      fill();
    });
  };

  return {
    submit,
    forget(partition) {
      const lane = lanes.get(partition);
      if (lane) lane.waiting = [];
    },
    idle: () =>
      new Promise((resolve) => {
        whenIdle.push(resolve);
        fill();
      }),
  };
}
