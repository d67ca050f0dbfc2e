import path from 'node:path';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryRoot } from '../config/config.ts';
import { lastLines } from './engine-process.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';
import { keysSchema, type StackSummary } from './stack-status.ts';

const deployedSchema = z.object({ keys: keysSchema });

/**
 * Runs the deploy step (topics, schemas, tables, keys; it may run any number of times) and gives the store's keys, which
 * it prints as the last line of its output. Throws `SetupError`.
 */
export async function runDeployStep(
  main: string,
  env: Readonly<Record<string, string>>,
  logFolder: string,
): Promise<StackSummary['keys']> {
  const logFile = path.join(logFolder, 'deploy.log');
  const ran = await runCommand(process.execPath, [path.resolve(repositoryRoot, main)], {
    cwd: repositoryRoot,
    env,
  });
  appendFileSync(logFile, ran.stderr);
  if (ran.code !== 0) {
    throw new SetupError(
      `The deploy step failed (exit code ${ran.code}): ${lastLines(ran.stderr)}.`,
      `read ${logFile}`,
    );
  }
  try {
    return deployedSchema.parse(JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '')).keys;
  } catch (cause) {
    throw new SetupError('The deploy step printed no keys.', `read ${logFile}`, { cause });
  }
}
