import { runRole } from '../../infra/clients/run-role.ts';
import { startPayments } from './start.ts';

runRole('payments', startPayments);
