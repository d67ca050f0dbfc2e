import { createFindings, type Rule } from '../rule.ts';

/**
 * I-23: each privileged effect has one earlier audit record, and each writer's hash chain verifies. This version writes
 * no `ops.audit.v1`: no command of an operator goes through the pipeline yet, so nothing can be checked, and it says so.
 */
export const createI23 = (): Rule => ({
  id: 'I-23',
  end: () => createFindings('I-23').report('not applicable: this version has no ops.audit.v1'),
});
