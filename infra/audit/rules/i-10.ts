import type { Event as OrderEvent } from '../../../schemas/generated/orders-events.ts';
import { OrderDoubts } from '../order-doubts.ts';
import { type OrderAccounts, wronglyClosed } from '../order-accounts.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';

/**
 * I-10: an order's total is its lines' money. captured − refunded − charged back = total − decided refunds − lost
 * chargebacks once confirmed, else 0 at rest; at most one capture, refunds never more than it, each money move for an
 * intent asked before, of its amount and currency; nothing ships before it is captured. Look-ups are numbered, facts
 * come of one that was asked for, and unknown money closes or reaches a person by its deadline.
 * Folds `accounts` for the rules after.
 */
export function createI10(accounts: OrderAccounts): Rule {
  const findings = createFindings('I-10');
  let doubts = new OrderDoubts();
  const notAtRest: string[] = [];

  /** A provider's facts move money only if they were asked for. */
  function checkFacts(fact: Fact, orderId: string): void {
    const { decided } = fact;
    const command = typeof decided === 'string' ? null : decided.command?.body;
    if (command?.type !== 'ReportFacts') return;
    const asked = accounts.of(orderId)?.lookUps ?? 0;
    findings.check(
      command.n >= 1 && command.n <= asked,
      () =>
        `${whereOf(fact)}: ${fact.event.body.type} of order ${orderId} by the facts of look-up ${command.n}, ${asked} were asked for`,
    );
  }

  return {
    id: 'I-10',
    onFact(fact) {
      if (fact.processor !== 'orders') return;
      const { body } = fact.event as OrderEvent;
      if ('orderId' in body) {
        checkFacts(fact, body.orderId);
        const wrong = accounts.fold(body);
        findings.check(
          wrong === null,
          () => `${whereOf(fact)}: ${body.type} of order ${body.orderId}: ${wrong}`,
        );
      }
      doubts.take(fact.event as OrderEvent);
    },
    onPartitionEnd({ processor, partition }) {
      if (processor !== 'orders') return;
      for (const [orderId, account] of accounts.all()) {
        if (account.end === 'confirmed') continue;
        const wrong = wronglyClosed(account);
        if (wrong !== null) notAtRest.push(`order ${orderId} ${wrong}`);
      }
      for (const wrong of doubts.leftAlone()) findings.violate(`orders/${partition}: ${wrong}`);
      doubts = new OrderDoubts();
    },
    end({ atRest }) {
      if (atRest) for (const wrong of notAtRest) findings.violate(wrong);
      return findings.report();
    },
  };
}
