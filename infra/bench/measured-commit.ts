import { execFileSync } from 'node:child_process';
import { repositoryRoot } from '../config/config.ts';

/** Short hash of the commit that is checked out: what a figure is of. */
export const measuredCommit = (): string =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: repositoryRoot, encoding: 'utf8' }).trim();
