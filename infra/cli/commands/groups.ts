import type { Command } from 'commander';
import * as lag from './groups-lag.ts';
import * as restart from './groups-restart.ts';
import * as scale from './groups-scale.ts';

/** `millrace groups …`: the consumer groups, one a role, and their processes. */
export function register(program: Command): void {
  const groups = program.command('groups').description('consumer groups, one a role, and their processes');
  lag.register(groups);
  scale.register(groups);
  restart.register(groups);
}
