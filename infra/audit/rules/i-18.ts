import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../../schemas/generated/stock-events.ts';
import { DeclinesAndRefusals } from '../justify-ends.ts';
import { createRefusalJudge, type JudgedBy } from '../justify-refusal.ts';
import { whyQuarantined } from '../justify-quarantine.ts';
import { createFindings, type Rule, whereOf } from '../rule.ts';

/**
 * I-18: each refusal, decline, expiry and quarantine is justified, by replay or by the provider's ledger: the reason a
 * `CommandRefused` names is true of the state it met, an unwinding has its refused hold, decline or deadline, a quarantined
 * record cannot be taken. (Why a hold was refused, I-06 says.)
 */
export function createI18(judgedBy: JudgedBy, partitions: number): Rule {
  const findings = createFindings('I-18');
  const refusals = createRefusalJudge(judgedBy);
  const { walks } = judgedBy;
  const ends = new DeclinesAndRefusals(walks);

  return {
    id: 'I-18',
    onFact(fact) {
      const { processor, event, partition } = fact;
      refusals.note(fact);
      if (event.body.type === 'CommandRefused') {
        const wrong = refusals.judge(fact, event.body);
        findings.check(wrong === null, () => `${whereOf(fact)}: ${wrong}`);
      } else if (event.body.type === 'CommandQuarantined' && typeof fact.cause !== 'string') {
        const wrong = whyQuarantined(fact.cause, event.body.reason, {
          processor,
          partition,
          partitions,
          walks,
        });
        findings.check(wrong === null, () => `${whereOf(fact)}: ${wrong}`);
      }
      if (processor === 'stock') ends.onStock(event.body as StockBody);
      if (processor !== 'orders') return;
      for (const wrong of ends.onOrder(fact, event.body as OrderBody))
        findings.check(wrong === null, () => `${whereOf(fact)}: ${wrong}`);
    },
    onPartitionEnd() {
      // The last rule that looks at them.
      judgedBy.lines.leavePartition();
      judgedBy.accounts.leavePartition();
      refusals.leavePartition();
      ends.leavePartition();
    },
    end({ atRest, ledger }) {
      for (const wrong of ends.unjustified(atRest ? ledger : null)) findings.violate(wrong);
      return findings.report('nothing was refused, declined, expired or quarantined');
    },
  };
}
