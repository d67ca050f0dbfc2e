// npm start: dependencies first, then `millrace start` under the repository's own Node.
import { ensureInstalled, runUnderOwnNode } from './bootstrap.js';

ensureInstalled();
runUnderOwnNode('infra/cli/main.ts', ['start', ...process.argv.slice(2)]);
