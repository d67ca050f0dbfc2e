import type { EventBody } from '../../../schemas/generated/orders-events.ts';
import { createFindings, type Rule, type RuleReport } from '../rule.ts';
import type { Walks } from '../walks.ts';

/**
 * I-24: everything the run declares – faults, transitions, reasons, ends, rules – was reached its declared number of
 * times. What was not makes the audit void, not wrong: a run that never met a fault says nothing of it.
 */
export function createI24(walks: Walks): Rule {
  const own = new Map<string, number>();
  let isDeclared = false;
  const count = (name: string): void => void own.set(name, (own.get(name) ?? 0) + 1);

  return {
    id: 'I-24',
    begin({ given }) {
      isDeclared = given.coverage !== null;
    },
    onFact({ event }) {
      if (!isDeclared) return;
      const body = event.body as EventBody;
      if (body.type === 'OrderConfirmed') count('end Confirmed');
      if (body.type === 'OrderClosed') count(`end ${body.as}`);
      const { reason } = body as { reason?: unknown };
      if (typeof reason === 'string') count(`reason ${body.type}/${reason}`);
    },
    // The last of the rules that look at the walks.
    onPartitionEnd: () => walks.leavePartition(),
    end({ given, reports }): RuleReport {
      const { coverage } = given;
      if (coverage === null) return createFindings('I-24').report('nothing was declared');
      const reached = (name: string): number =>
        coverage.reached[name] ??
        own.get(name) ??
        walks.steps.get(name.replace(/^step /, '')) ??
        ofRule(name, reports);
      const declared = Object.entries(coverage.declared);
      const missed = declared.filter(([name, least]) => reached(name) < least);
      const [first] = missed;
      if (first === undefined) {
        return declared.length === 0
          ? createFindings('I-24').report('nothing was declared')
          : { id: 'I-24', verdict: 'holds', checked: declared.length, violations: 0 };
      }
      const words = missed.map(([name, least]) => `${name} ${reached(name)} of ${least}`);
      return {
        id: 'I-24',
        verdict: 'void',
        checked: declared.length,
        violations: 0,
        first: `not reached: ${words.slice(0, 10).join(', ')}${words.length > 10 ? ', …' : ''}`,
      };
    },
  };
}

const ofRule = (name: string, reports: readonly RuleReport[]): number =>
  reports.find(({ id }) => name === `rule ${id}`)?.checked ?? 0;
