import path from 'node:path';
import { repositoryRoot } from '../config/config.ts';
import { packClient } from './pack-client.ts';

/** `npm run client:pack`: writes the tarball of `@millrace/client` to `dist/` and prints its path. */
process.stdout.write(`${await packClient(path.join(repositoryRoot, 'dist'))}\n`);
