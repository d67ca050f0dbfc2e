import type { RoleContext, RunningRole } from '../../infra/clients/run-role.ts';
import { startProcessor } from '../runtime/start-processor.ts';
import { createOrdersDomain } from './orders-domain.ts';

/** Starts the orders processor; it stands beside `main.ts` so that a combined process can start it too. */
export const startOrders = (context: RoleContext): Promise<RunningRole> =>
  startProcessor(context, createOrdersDomain({ holdTtlMs: context.config.holdTtlMs }));
