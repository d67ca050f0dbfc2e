// npm test: dependencies first, then every check under the repository's own Node.
import { ensureInstalled, runUnderOwnNode } from './bootstrap.js';

ensureInstalled();
runUnderOwnNode('infra/local/run-checks.ts', process.argv.slice(2));
