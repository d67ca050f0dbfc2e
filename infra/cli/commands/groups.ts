import type { Command } from 'commander';
import * as scale from './groups-scale.ts';

/** `millrace groups …`: the consumer groups, one a role. */
export function register(program: Command): void {
  const groups = program.command('groups').description('the processes of each role');
  scale.register(groups);
}
