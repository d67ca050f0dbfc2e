import { writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Given } from './given.ts';
import {
  type AuditConfig,
  type AuditSources,
  openAuditSources,
  recordLive,
  type SecretSearch,
  secretsOf,
} from './live-recording.ts';
import { readView } from './read-redis.ts';
import type { RedisEntry } from './recording.ts';
import { formatRedisDump } from './redis-dump.ts';
import type { RuleReport } from './rule.ts';
import { createRules } from './rules.ts';
import { runAudit } from './run-audit.ts';
import { waitForRest } from './wait-for-rest.ts';

export interface VerifyOptions {
  readonly config: AuditConfig;
  readonly logger: Logger;
  /** Folder of client journals. */
  readonly clientJournals: string;
  /** So long it waits for rest; null = audits at once, without the clauses that hold only at rest. */
  readonly restWithinMs: number | null;
  readonly onWait?: (reasons: readonly string[]) => void;
  /** What the audit is given beside the engines; called at rest, so that what is asked again is asked then. */
  readonly given: () => Promise<Given>;
  /** Where to look for secrets; null = nowhere. */
  readonly search: SecretSearch | null;
  /** File for a dump of the views as they were audited; null = none is taken. */
  readonly redisDump: string | null;
}

/** Audits the running pipeline by every rule. Rejects with NotAtRest, or where a source cannot be read. */
export async function verify({
  config,
  logger,
  clientJournals,
  restWithinMs,
  onWait,
  given,
  search,
  redisDump,
}: VerifyOptions): Promise<readonly RuleReport[]> {
  const sources = await openAuditSources(config, logger);
  try {
    const rest = restWithinMs === null ? null : await waitForRest(sources, restWithinMs, onWait);
    const secrets = search && secretsOf(sources, config, search);
    const recording = recordLive(sources, config, {
      restAtMs: rest?.atMs ?? null,
      journalEndsAtRest: rest?.journalEnds,
      clientJournals,
      given: { ...(await given()), secrets },
    });
    const reports = await runAudit(recording, createRules(sources.partitions));
    if (redisDump !== null) await writeFile(redisDump, formatRedisDump(await readViews(sources)));
    return reports;
  } finally {
    await sources.close();
  }
}

async function readViews({ redis, partitions }: AuditSources): Promise<readonly RedisEntry[]> {
  const entries: RedisEntry[] = [];
  for (const view of ['orders', 'stock'] as const)
    for (let partition = 0; partition < partitions; partition += 1)
      for await (const entry of readView(redis, view, partition)) entries.push(entry);
  return entries;
}
