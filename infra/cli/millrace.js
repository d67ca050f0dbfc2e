#!/usr/bin/env node
// `npx millrace`: plain JavaScript for whatever Node is there; the commands run under the repository's own.
import { ensureInstalled, runUnderOwnNode } from '../local/bootstrap.js';

ensureInstalled();
runUnderOwnNode('infra/cli/main.ts', process.argv.slice(2));
