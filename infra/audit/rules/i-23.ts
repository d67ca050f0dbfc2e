import { type KeptRecord, readAuditTopic } from '../audit-topic.ts';
import { type DoneEffect, effectOfCommand, effectsOfConfig, erasuresOf } from '../privileged-effects.ts';
import { createFindings, type Rule } from '../rule.ts';

/**
 * I-23: each privileged effect in the topics has one audit record, of the same thing and from before it, and each
 * writer's hash chain verifies (decision 0037). What is done to views and tables leaves no effect in a topic.
 */
export function createI23(): Rule {
  const findings = createFindings('I-23');
  const done: DoneEffect[] = [];
  return {
    id: 'I-23',
    onInbox(step) {
      const effect = effectOfCommand(step);
      if (effect) done.push(effect);
    },
    end({ privileged }) {
      if (privileged === null) return findings.report('the audit log was not recorded');
      const records = readAuditTopic(privileged.audit, findings);
      const { config, customers } = privileged;
      for (const effect of [...done, ...effectsOfConfig(config), ...erasuresOf(customers)]) {
        const fault = faultOf(effect, records.get(effect.effectId ?? '') ?? []);
        findings.check(fault === null, () => `${effect.where}: ${effect.what} of ${effect.target} ${fault}`);
      }
      return findings.report();
    },
  };
}

/** What is wrong with the audit records of an effect, or null. */
function faultOf(effect: DoneEffect, records: readonly KeptRecord[]): string | null {
  const [first] = records;
  if (!first) return 'has no audit record';
  if (records.length > 1 && !effect.mayBeAskedAgain) return `has ${records.length} audit records`;
  const { what, target, actor } = effect;
  const isOther = ({ value: { body, actor: by } }: KeptRecord): boolean =>
    body.what !== what || body.target !== target || (actor !== null && by !== actor);
  const other = records.find(isOther);
  if (other) return `has an audit record of something else (ops.audit.v1 offset ${other.offset})`;
  const announcedAtMs = effect.clock === 'broker' ? first.atMs : first.value.atMs;
  return announcedAtMs > effect.doneAtMs ? 'was done before its audit record' : null;
}
