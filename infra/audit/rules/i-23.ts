import { createFindings, type Rule } from '../rule.ts';

/**
 * I-23: each privileged effect has one earlier audit record, and each writer's hash chain verifies. This version writes
 * no `ops.audit.v1`: what an operator decides stands in the journals alone (`PaymentResolved`, `RedriveAnswered`), so
 * there is nothing to compare it with, and the rule says so.
 */
export const createI23 = (): Rule => ({
  id: 'I-23',
  end: () => createFindings('I-23').report('not applicable: this version has no ops.audit.v1'),
});
