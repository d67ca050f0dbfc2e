import { runRole } from '../../infra/clients/run-role.ts';
import { startStock } from './start.ts';

runRole('stock', startStock);
