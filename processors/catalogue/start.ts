import type { RoleContext, RunningRole } from '../../infra/clients/run-role.ts';
import { startProcessor } from '../runtime/start-processor.ts';
import { createCatalogueDomain } from './catalogue-domain.ts';

/** Starts the catalogue processor; it stands beside `main.ts` so that a combined process can start it too. */
export const startCatalogue = (context: RoleContext): Promise<RunningRole> =>
  startProcessor(context, createCatalogueDomain());
