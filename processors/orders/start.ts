import type { RoleContext, RunningRole } from '../../infra/clients/run-role.ts';
import type { Config } from '../../infra/config/config.ts';
import { abilitiesOf } from '../../infra/psp/abilities-of.ts';
import { startProcessor } from '../runtime/start-processor.ts';
import type { OrderSettings } from './decide-order.ts';
import { createOrdersDomain } from './orders-domain.ts';

/** What the configured provider can do, and `MILLRACE_DECIDE_BY_MS`, as the payment machine reads them. */
export function paymentRulesOf(config: Pick<Config, 'psp' | 'decideByMs'>): OrderSettings['payments'] {
  const { keyTtlMs, quietMs, findByOpId, separateCapture } = abilitiesOf(config);
  const authorizeDecideMs = config.decideByMs;
  return { keyTtlMs, quietMs, findsByOpId: findByOpId !== 'no', separateCapture, authorizeDecideMs };
}

/** Starts the orders processor; it stands beside `main.ts` so that a combined process can start it too. */
export function startOrders(context: RoleContext): Promise<RunningRole> {
  const { config } = context;
  const domain = createOrdersDomain({ holdTtlMs: config.holdTtlMs, payments: paymentRulesOf(config) });
  return startProcessor(context, domain);
}
