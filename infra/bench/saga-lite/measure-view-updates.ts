import { Redis } from 'ioredis';
import type { Block } from './arm.ts';

/** What the views write for one journal event, on average. */
export interface ViewUpdates {
  /** Keys written: documents, list members, stream entries. */
  readonly perEvent: number;
  /** Bytes Redis receives for one of them. */
  readonly bytes: number;
}

const writes = ['set', 'xadd', 'zadd', 'zrem'] as const;

/** Counts what the views have written since `begin`, in Redis's own statistics; `events` stood in the journals. */
export async function watchViewUpdates({
  engines,
}: Block): Promise<{ end(events: number): Promise<ViewUpdates> }> {
  const url = engines.environment['MILLRACE_REDIS_URL'] ?? '';
  const before = await readStatistics(url);
  return {
    async end(events) {
      const after = await readStatistics(url);
      const updates = after.updates - before.updates;
      return { perEvent: updates / events, bytes: Math.round((after.bytes - before.bytes) / updates) };
    },
  };
}

async function readStatistics(url: string): Promise<{ readonly updates: number; readonly bytes: number }> {
  const redis = new Redis(url);
  try {
    const commands = await redis.info('commandstats');
    const network = await redis.info('stats');
    const callsOf = (name: string): number =>
      Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(commands)?.[1] ?? 0);
    return {
      updates: writes.reduce((sum, name) => sum + callsOf(name), 0),
      bytes: Number(/^total_net_input_bytes:(\d+)/m.exec(network)?.[1] ?? 0),
    };
  } finally {
    redis.disconnect();
  }
}
