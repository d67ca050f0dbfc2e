import type { EventBody } from '../../../schemas/generated/orders-events.ts';
import type { OrderEnd } from '../given.ts';
import { createFindings, type Rule, whereOf } from '../rule.ts';

/**
 * I-19: a run without faults has no Expired order, no 5xx, no quarantine and no anomaly; with or without, its orders end
 * in the shares the workload was modelled for. Without I-18 and I-19 a system that rejects every order passes.
 */
export function createI19(): Rule {
  const findings = createFindings('I-19');
  const ends = new Map<OrderEnd, number>();
  const unwanted: string[] = [];
  let placed = 0;
  let isDeclared = false;

  return {
    id: 'I-19',
    begin({ given }) {
      isDeclared = given.expectation !== null && !given.expectation.faults;
    },
    onClient({ status, method, path, key }) {
      if (isDeclared && status !== null && status >= 500)
        unwanted.push(`${method} ${path} (key ${key}) was answered ${status}`);
    },
    onFact(fact) {
      const body = fact.event.body as EventBody;
      if (body.type === 'OrderPlaced') placed += 1;
      const end = body.type === 'OrderConfirmed' ? 'Confirmed' : body.type === 'OrderClosed' ? body.as : null;
      if (end !== null) ends.set(end, (ends.get(end) ?? 0) + 1);
      if (!isDeclared) return;
      if (end === 'Expired') unwanted.push(`${whereOf(fact)}: an order is Expired`);
      if (body.type === 'CommandQuarantined' || body.type === 'AnomalyRecorded')
        unwanted.push(`${whereOf(fact)}: ${body.type} (${body.reason})`);
    },
    end({ given, atRest }) {
      const { expectation } = given;
      if (expectation === null) return findings.report('the workload declared nothing');
      if (!expectation.faults)
        findings.check(
          unwanted.length === 0,
          () =>
            `without faults: ${unwanted[0]}${unwanted.length > 1 ? `, and ${unwanted.length - 1} more` : ''}`,
        );
      if (!atRest) return findings.report();
      for (const [end, bounds] of Object.entries(expectation.ends)) {
        const [atLeast, atMost] = bounds;
        const count = ends.get(end as OrderEnd) ?? 0;
        const share = placed === 0 ? Number.NaN : count / placed;
        findings.check(
          share >= atLeast && share <= atMost,
          () => `${count} of ${placed} orders are ${end}, the model says ${atLeast} to ${atMost} of them`,
        );
      }
      return findings.report('the expectation names nothing');
    },
  };
}
