import { runRole } from '../../infra/clients/run-role.ts';
import { startSink } from './start.ts';

runRole('sink', startSink);
