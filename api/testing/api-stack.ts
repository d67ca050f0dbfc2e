import type { StartRole } from '../../infra/clients/run-role.ts';
import { type ApiStack, orderRoles, startStackOn } from './stack-on-engines.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

export { type ApiStack, orderAndMoneyRoles, orderRoles } from './stack-on-engines.ts';

/** The stack on the test run's engines. `roles` beside the API; the order saga needs all four. */
export const startApiStack = (roles: readonly StartRole[] = orderRoles): Promise<ApiStack> =>
  startStackOn(testEngines(), roles);
