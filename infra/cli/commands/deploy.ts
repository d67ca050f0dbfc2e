import path from 'node:path';
import type { Command } from 'commander';
import { runDeployStep } from '../../local/deploy-step.ts';
import { deployMain } from '../../local/roles.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { noStack, readyStack } from '../local-stack.ts';
import { createOutput } from '../output.ts';

/** Runs the deploy step of this checkout against the engines of the running stack, which another checkout may have started. */
async function deploy(options: CommonOptions): Promise<void> {
  const { environment, summary } = await readyStack(options.set);
  if (environment === null) throw noStack();
  await runDeployStep(deployMain, environment, path.join(summary.dataDir, 'logs'));
  createOutput(options).data({ deployed: true }, 'topics, schemas and tables are as this version needs them');
}

/** `millrace deploy`: may be run any number of times; the first step of an upgrade. */
export function register(program: Command): void {
  withCommonOptions(program.command('deploy'))
    .description(
      'create the topics, schemas and tables of this version in the running stack, before an upgrade',
    )
    .action(deploy);
}
