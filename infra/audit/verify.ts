import type { Logger } from 'pino';
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
}

/** Audits the running pipeline by every rule. Rejects with NotAtRest, or where a source cannot be read. */
export async function verify({
  config,
  logger,
  clientJournals,
  restWithinMs,
  onWait,
}: VerifyOptions): Promise<readonly RuleReport[]> {
  const sources = await openAuditSources(config, logger);
  try {
    if (restWithinMs !== null) await waitForRest(sources, restWithinMs, onWait);
    const recording = recordLive(sources, config, { atRest: restWithinMs !== null, clientJournals });
    return await runAudit(recording, createRules(sources.partitions));
  } finally {
    await sources.close();
  }
}

/** A rule that found something is no pass, and one that had nothing to look at is none either. */
export const isPass = (reports: readonly RuleReport[]): boolean =>
  reports.every(({ checked, violations }) => checked > 0 && violations === 0);
