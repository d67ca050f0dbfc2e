import { runRole } from '../../infra/clients/run-role.ts';
import { startCatalogue } from './start.ts';

runRole('catalogue', startCatalogue);
