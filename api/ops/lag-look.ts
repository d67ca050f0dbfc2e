import { type LagReader, type LagSources, openLagReader } from '../../infra/clients/lag/lag-reader.ts';
import type { GroupLag } from '../../infra/clients/lag/partition-lag.ts';

/** The lag of every group for all who ask this process: routes and metrics. */
export interface LagLook {
  /** At most a second old. Rejects if Kafka does not answer within 5 s. */
  groups(): Promise<readonly GroupLag[]>;
  close(): Promise<void>;
}

const freshMs = 1_000;
const withinMs = 5_000;

/** Connects when it is first asked: an API that nobody asks has no more connections than before. */
export function createLagLook(sources: LagSources): LagLook {
  let opening: Promise<LagReader> | null = null;
  let last: { readonly atMs: number; readonly groups: Promise<readonly GroupLag[]> } | null = null;

  const open = (): Promise<LagReader> => {
    opening ??= openLagReader(sources).catch((error: unknown) => {
      opening = null; // the next who asks tries again
      throw error;
    });
    return opening;
  };

  const look = async (): Promise<readonly GroupLag[]> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no lag within ${withinMs} ms`)), withinMs);
    try {
      return await Promise.race([open().then((reader) => reader.read()), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    groups() {
      const atMs = sources.nowMs();
      if (last === null || atMs - last.atMs >= freshMs) last = { atMs, groups: look() };
      return last.groups;
    },
    async close() {
      const reader = await opening?.catch(() => null);
      await reader?.close();
    },
  };
}
