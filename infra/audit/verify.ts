import type { Logger } from 'pino';
import type { Given } from './given.ts';
import { openAuditSources, type AuditConfig, recordLive } from './live-recording.ts';
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
  /** What the audit is given beside the engines. */
  readonly given: Given;
}

/** Audits the running pipeline by every rule. Rejects with NotAtRest, or where a source cannot be read. */
export async function verify({
  config,
  logger,
  clientJournals,
  restWithinMs,
  onWait,
  given,
}: VerifyOptions): Promise<readonly RuleReport[]> {
  const sources = await openAuditSources(config, logger);
  try {
    if (restWithinMs !== null) await waitForRest(sources, restWithinMs, onWait);
    const restAtMs = restWithinMs === null ? null : Date.now();
    const recording = recordLive(sources, config, { restAtMs, clientJournals, given });
    return await runAudit(recording, createRules(sources.partitions));
  } finally {
    await sources.close();
  }
}
