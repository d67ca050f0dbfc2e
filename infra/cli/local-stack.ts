import { type Config, ConfigError, loadConfig, type Overrides } from '../config/config.ts';
import { variablePrefix } from '../config/variables.ts';
import { askLauncher, type ControlCommand, LauncherSilent } from '../local/control-socket.ts';
import { knownSecrets } from '../local/data-folder.ts';
import { configOfLocalStack } from '../local/launcher.ts';
import { type StackStatus, stackStatusSchema } from '../local/stack-status.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';

/** The data folder the flags and the environment name. Throws `ConfigError`. */
export const dataFolder = (flags: Overrides): string => configOfLocalStack(flags).dataDir;

/** The launcher's answer; undefined when none runs. Throws `CliError` (75) when one runs and is silent. */
export async function ask(folder: string, command: ControlCommand): Promise<unknown> {
  try {
    return await askLauncher(folder, command);
  } catch (error) {
    if (!(error instanceof LauncherSilent)) throw error;
    throw new CliError(`The local stack runs, but ${error.message}.`, {
      code: 'launcher-silent',
      exitCode: exitCodes.tryAgain,
      next: 'npx millrace logs launcher',
      cause: error,
    });
  }
}

/** What the launcher of a data folder says of itself; undefined when none runs. Throws as `ask`. */
export async function stackStatus(folder: string): Promise<StackStatus | undefined> {
  const answer = await ask(folder, { do: 'status' });
  return answer === undefined ? undefined : stackStatusSchema.parse(answer);
}

/** The stack that is ready, with addresses and keys. Throws `CliError` (69) when there is none. */
export async function readyStack(
  flags: Overrides,
): Promise<StackStatus & { readonly summary: NonNullable<StackStatus['summary']> }> {
  const status = await stackStatus(dataFolder(flags));
  if (status === undefined || status.summary === null) {
    throw new CliError(
      status === undefined ? 'No local stack runs.' : `The local stack is not ready (${status.step}).`,
      {
        code: status === undefined ? 'stack-not-running' : 'stack-not-ready',
        exitCode: exitCodes.unavailable,
        next: 'npx millrace up',
      },
    );
  }
  return { ...status, summary: status.summary };
}

/** What a command that needs the local stack says without one. */
export const noStack = (cause?: Error): CliError =>
  new CliError('No local stack runs.', {
    code: 'stack-not-running',
    exitCode: exitCodes.unavailable,
    next: 'npx millrace up',
    cause,
  });

/**
 * The configuration of a command that talks to the pipeline: what a person set, and for the rest the addresses and secrets
 * of the running local stack. Throws `CliError` (69) when none runs and nothing else is named, `ConfigError` when what is
 * given is faulty.
 */
export async function cliConfig(flags: Overrides): Promise<Config> {
  const folder = dataFolder(flags);
  const status = await stackStatus(folder);
  const environment = status?.environment ?? {};
  const running = Object.fromEntries(
    Object.entries(environment)
      .map(([name, text]) => [name.slice(variablePrefix.length), text] as const)
      .filter(([name]) => name !== 'INSTANCE_ID' && name !== 'METRICS_PORT'),
  );
  try {
    return loadConfig(flags, { localStack: { ...knownSecrets(folder), ...running } });
  } catch (error) {
    // A person without a stack needs the stack, not four secrets to make up.
    const isOnlyAbsent = error instanceof ConfigError && error.faults.every(({ got }) => got === 'nothing');
    throw status === undefined && isOnlyAbsent ? noStack(error) : error;
  }
}
