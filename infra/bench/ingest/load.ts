import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../../config/environment.ts';
import type { LatencySummary } from '../latency-histogram.ts';

/** What the generator is to do. */
export interface LoadOrder {
  readonly port: number;
  readonly credential: string;
  /** Orders a second; 0: a closed loop, as many as the answers let through. */
  readonly rate: number;
  /** Connections at most. */
  readonly connections: number;
  readonly warmUpS: number;
  readonly seconds: number;
}

/** An open loop counts an order in the second in which it was due, a closed one in that of its answer. */
export interface SecondOfLoad {
  /** Answers of 202. */
  readonly ok: number;
  readonly other: number;
  /** Of the 202. */
  readonly p99Us: number;
}

export interface LoadResult {
  readonly okPerSecond: number;
  /** By status; `reset` and `timeout`: no answer came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Orders for which no connection was free: no client could have sent them. */
  readonly notSent: number;
  /** Of the answers of 202, from when the order was due, µs. */
  readonly latencyUs: LatencySummary;
  /** Of the answers of 503, from when the order was sent, µs. */
  readonly refusedUs: LatencySummary;
  /** How late the generator itself was, p99, µs. */
  readonly latenessP99Us: number;
  readonly perSecond: readonly SecondOfLoad[];
}

/** The generator's process. */
export interface LoadGenerator {
  readonly pid: number;
  /** `onMeasured` is called when the warm-up is over. */
  run(order: LoadOrder, onMeasured?: () => void): Promise<LoadResult>;
  stop(): void;
}

export async function startLoadGenerator(): Promise<LoadGenerator> {
  const child: ChildProcess = fork(new URL('./load-generator.ts', import.meta.url), {
    env: childEnvironment({ NODE_ENV: 'production' }),
  });
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    async run(order, onMeasured = () => undefined) {
      child.send(order);
      for (;;) {
        const [told] = (await once(child, 'message')) as [LoadResult | string];
        if (typeof told !== 'string') return told;
        onMeasured();
      }
    },
    stop: () => child.disconnect(),
  };
}
