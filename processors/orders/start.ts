import type { RoleContext, RunningRole } from '../../infra/clients/run-role.ts';
import { abilitiesOf } from '../../infra/psp/abilities-of.ts';
import { startProcessor } from '../runtime/start-processor.ts';
import { createOrdersDomain } from './orders-domain.ts';

/** Starts the orders processor; it stands beside `main.ts` so that a combined process can start it too. */
export function startOrders(context: RoleContext): Promise<RunningRole> {
  const { holdTtlMs } = context.config;
  const { keyTtlMs, quietMs, findByOpId, separateCapture } = abilitiesOf(context.config);
  const payments = { keyTtlMs, quietMs, findsByOpId: findByOpId !== 'no', separateCapture };
  return startProcessor(context, createOrdersDomain({ holdTtlMs, payments }));
}
