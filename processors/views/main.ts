import { runRole } from '../../infra/clients/run-role.ts';
import { startViews } from './start.ts';

runRole('views', startViews);
