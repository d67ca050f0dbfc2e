import path from 'node:path';
import { type RunningProcess, startProcess } from './engine-process.ts';
import { faultLimits, type ProcessLimits, takeFaultEnvironment } from './fault-orders.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { Role } from './roles.ts';

export interface RoleSlot {
  /** `<role>-<n>`: the process's instance id, also after a restart. */
  readonly name: string;
  /** From the root of its release. */
  readonly main: string;
  /** Folder of the checkout whose code it runs. */
  readonly release: string;
  metricsPort: number;
}

export interface RoleSlotOptions {
  /** Every `MILLRACE_` variable. */
  readonly environment: Readonly<Record<string, string>>;
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly graceMs: number;
  readonly onSpawn: (name: string, identity: ProcessIdentity) => void;
}

/** The names of a role's slots. */
export const slotNames = ({ role, instances }: Role): readonly string[] =>
  Array.from({ length: instances }, (_, i) => `${role}-${i + 1}`);

// A dozen processes share one machine here: 20 MB less each at rest than with the default of 16.
export const smallYoungSpace = '--max-semi-space-size=4';

/**
 * The command of Node with these arguments under these limits. `prlimit` (util-linux) becomes Node by exec, so the
 * process stays the one that was started.
 */
export function limitedNode(
  args: readonly string[],
  { heapMb, descriptors }: ProcessLimits,
): { readonly command: string; readonly args: readonly string[] } {
  const all = heapMb === undefined ? args : [`--max-old-space-size=${heapMb}`, ...args];
  if (descriptors === undefined) return { command: process.execPath, args: all };
  return { command: 'prlimit', args: [`--nofile=${descriptors}:${descriptors}`, process.execPath, ...all] };
}

/** Starts one role's process. */
export function startRole(slot: RoleSlot, options: RoleSlotOptions): RunningProcess {
  const args = [smallYoungSpace, path.resolve(slot.release, slot.main)];
  return startProcess({
    ...limitedNode(args, faultLimits(options.dataFolder, slot.name)),
    cwd: slot.release,
    env: {
      ...options.environment,
      ...takeFaultEnvironment(options.dataFolder, slot.name),
      MILLRACE_INSTANCE_ID: slot.name,
      MILLRACE_METRICS_PORT: String(slot.metricsPort),
    },
    logFile: path.join(options.logFolder, `${slot.name}.log`),
    graceMs: options.graceMs,
    onSpawn: (identity) => options.onSpawn(slot.name, identity),
  });
}

/** Where a slot answers `/livez`, `/readyz` and `/metrics`. */
export const slotUrl = (slot: RoleSlot): string => `http://127.0.0.1:${slot.metricsPort}`;

/** True when the role says that it is ready. */
export async function isSlotReady(slot: RoleSlot): Promise<boolean> {
  try {
    const response = await fetch(`${slotUrl(slot)}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false; // not listening, or too slow: not ready
  }
}
