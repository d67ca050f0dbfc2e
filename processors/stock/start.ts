import type { RoleContext, RunningRole } from '../../infra/clients/run-role.ts';
import { startProcessor } from '../runtime/start-processor.ts';
import { createStockDomain } from './stock-domain.ts';

/** Starts the stock processor; it stands beside `main.ts` so that a combined process can start it too. */
export const startStock = (context: RoleContext): Promise<RunningRole> =>
  startProcessor(context, createStockDomain());
