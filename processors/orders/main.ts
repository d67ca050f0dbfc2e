import { runRole } from '../../infra/clients/run-role.ts';
import { startOrders } from './start.ts';

runRole('orders', startOrders);
