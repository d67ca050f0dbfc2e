import { z } from 'zod';
import type { Supervised } from './supervise.ts';

/** `shop` is of a deploy step that knows the demo shop. */
export const keysSchema = z.object({
  full: z.string(),
  analyst: z.string(),
  ops: z.string(),
  shop: z.string().optional(),
});

/** What `millrace up --json` prints. */
export const stackSummarySchema = z.object({
  api: z.string(),
  dashboard: z.string(),
  /** Absent where no demo shop is open. */
  shop: z.string().optional(),
  docs: z.string(),
  keys: keysSchema,
  kafka: z.string(),
  registry: z.string(),
  redis: z.string(),
  clickhouse: z.string(),
  dataDir: z.string(),
});

const processStatusSchema = z.object({
  name: z.string(),
  kind: z.enum(['engine', 'role']),
  state: z.enum(['starting', 'running', 'ready', 'waiting', 'stopping', 'stopped', 'elsewhere']),
  pid: z.number().nullable(),
  restarts: z.number(),
  /** How it last ended by itself; null when it never did. */
  lastExit: z.string().nullable(),
  /** Folder of the checkout whose code a role runs; null for an engine. */
  release: z.string().nullable().default(null),
  /** An engine's address; of a role, where `/readyz` and `/metrics` are. */
  url: z.string(),
});

/** The launcher's answer to `status`. */
export const stackStatusSchema = z.object({
  state: z.enum(['starting', 'ready', 'stopping']),
  /** What it is doing now, in words. */
  step: z.string(),
  pid: z.number(),
  processes: z.array(processStatusSchema),
  /** Null until the stack is ready. */
  summary: stackSummarySchema.nullable(),
  /** Every `MILLRACE_` variable the roles run with, addresses and secrets: the socket is its owner's alone. Null while starting. */
  environment: z.record(z.string(), z.string()).nullable(),
});

export type StackSummary = z.infer<typeof stackSummarySchema>;
export type ProcessStatus = z.infer<typeof processStatusSchema>;
export type StackStatus = z.infer<typeof stackStatusSchema>;

/** A supervised process as `status` shows it. */
export function statusOfProcess(
  process: Supervised,
  kind: ProcessStatus['kind'],
  url: string,
  isReady: boolean,
  release: string | null = null,
): ProcessStatus {
  const running = process.state();
  return {
    name: process.name,
    kind,
    state: running === 'running' && isReady ? 'ready' : running,
    pid: process.pid() ?? null,
    restarts: process.restarts(),
    lastExit: process.lastExit() ?? null,
    release,
    url,
  };
}
