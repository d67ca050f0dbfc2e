import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { askLauncher } from '../local/control-socket.ts';
import { type FaultOrders, faultOrders } from '../local/fault-orders.ts';
import {
  type ProcessStatus,
  type StackStatus,
  type StackSummary,
  stackStatusSchema,
} from '../local/stack-status.ts';
import { signalGroup } from '../local/process-identity.ts';

/** The running local stack as a chaos run works it: its processes, its addresses, and what the launcher may be asked. */
export interface ChaosStack {
  readonly config: Config;
  readonly summary: StackSummary;
  readonly orders: FaultOrders;
  /** Throws when the launcher is gone. */
  status(): Promise<StackStatus>;
  process(name: string): Promise<ProcessStatus>;
  /** Sends a signal to a running process, waiting for it to run; its pid is returned. */
  signal(name: string, signal: NodeJS.Signals): Promise<number>;
  /** Resolves when another process than the one with this pid runs. */
  untilRuns(name: string, notPid: number): Promise<void>;
  /** Resolves when the process runs, is ready, and is not the one with this pid. */
  untilReady(name: string, notPid?: number): Promise<void>;
}

/** Longer than a back-off, a start, and the wait for a broker that is down. */
const readyWithinMs = 180_000;
const lookEveryMs = 250;

export function chaosStack(config: Config, summary: StackSummary): ChaosStack {
  const status = async (): Promise<StackStatus> => {
    for (let failures = 0; ; failures += 1) {
      const answer = stackStatusSchema.safeParse(await askLauncher(config.dataDir, { do: 'status' }));
      if (answer.success) return answer.data;
      if (failures > 5) throw new Error(`the launcher of ${config.dataDir} does not answer`);
      await wait(lookEveryMs);
    }
  };
  const process_ = async (name: string): Promise<ProcessStatus> => {
    const found = (await status()).processes.find((each) => each.name === name);
    if (!found) throw new Error(`the stack has no process ${name}`);
    return found;
  };
  const until = async (name: string, holds: (now: ProcessStatus) => boolean): Promise<ProcessStatus> => {
    const deadline = Date.now() + readyWithinMs;
    for (;;) {
      const now = await process_(name);
      if (holds(now)) return now;
      if (Date.now() > deadline)
        throw new Error(`${name} is ${now.state} after ${readyWithinMs / 1_000} s: ${now.lastExit}`);
      await wait(lookEveryMs);
    }
  };
  return {
    config,
    summary,
    orders: faultOrders(config.dataDir),
    status,
    process: process_,
    async signal(name, signal) {
      const { pid } = await until(name, (now) => now.pid !== null);
      if (pid === null) throw new TypeError(`${name} runs without a pid`);
      signalGroup(pid, signal);
      return pid;
    },
    async untilRuns(name, notPid) {
      await until(name, ({ pid }) => pid !== null && pid !== notPid);
    },
    async untilReady(name, notPid) {
      await until(name, ({ state, pid }) => state === 'ready' && pid !== notPid);
    },
  };
}
