import { runRole } from '../infra/clients/run-role.ts';
import { startApi } from './start.ts';

runRole('api', startApi);
