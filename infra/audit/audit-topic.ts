import { auditHashOf, chainStart } from '../../schemas/audit-chain.ts';
import type { AuditTopicRecord } from './recording.ts';
import type { Findings } from './rule.ts';

/** An audit record that says what it says since it was written. */
export interface KeptRecord extends AuditTopicRecord {
  readonly value: NonNullable<AuditTopicRecord['value']>;
}

/**
 * Reads the whole of `ops.audit.v1`: every record has its own hash, and stands behind the one before it in its writer's
 * chain. A copy of a record is a second answer to the same append and counts once. Gives the records by `effectId`.
 */
export function readAuditTopic(
  records: readonly AuditTopicRecord[],
  findings: Findings,
): ReadonlyMap<string, readonly KeptRecord[]> {
  const chains = new Map<string, { readonly seq: number; readonly hash: string }>();
  const seen = new Set<string>();
  const byEffect = new Map<string, KeptRecord[]>();
  for (const record of records) {
    const { offset, key, value } = record;
    const where = `ops.audit.v1 offset ${offset}`;
    if (value === null) {
      findings.check(false, () => `${where}: cannot be read`);
      continue;
    }
    const { writer, seq, prev, hash } = value;
    findings.check(
      auditHashOf(value) === hash && key === value.actor,
      () => `${where}: seq ${seq} of writer ${writer} is not what was written: its hash or its key differs`,
    );
    if (seen.has(hash)) continue;
    seen.add(hash);
    const before = chains.get(writer) ?? { seq: 0, hash: chainStart };
    findings.check(
      seq === before.seq + 1 && prev === before.hash,
      () => `${where}: seq ${seq} of writer ${writer} does not follow its seq ${before.seq}`,
    );
    chains.set(writer, { seq, hash });
    const { effectId } = value.body;
    byEffect.set(effectId, [...(byEffect.get(effectId) ?? []), { ...record, value }]);
  }
  return byEffect;
}
