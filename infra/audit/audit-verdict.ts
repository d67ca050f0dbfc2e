import type { RuleReport } from './rule.ts';
import { alwaysChecked, type RuleId } from './rule-catalogue.ts';

/** `void`: nothing was found, but something that had to be looked at, or reached, was not. */
export type AuditVerdict = 'pass' | 'violated' | 'void';

/** What an audit comes to; the rules of `required` must have had something to check. */
export function verdictOf(
  reports: readonly RuleReport[],
  required: readonly RuleId[] = alwaysChecked,
): AuditVerdict {
  if (reports.some(({ verdict }) => verdict === 'violated')) return 'violated';
  const isVoid = reports.some(
    ({ id, verdict }) => verdict === 'void' || (verdict === 'not-checked' && required.includes(id)),
  );
  return isVoid ? 'void' : 'pass';
}
