import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../config/config.ts';
import type { LauncherMessage } from '../local/launcher-message.ts';
import { smallYoungSpace } from '../local/role-slot.ts';
import type { StackSummary } from '../local/stack-status.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';

const exitCodeOf = (code: number): CliError['exitCode'] => (code === 0 ? exitCodes.unavailable : code);

/**
 * Starts the launcher as a process of its own and waits until it is ready or has failed (`CliError` with its words).
 * Undefined when another launcher was faster. A Ctrl-C while waiting stops the launcher, which leaves no process.
 */
export function launchInBackground(
  folder: string,
  args: readonly string[],
  say: (text: string) => void,
): Promise<StackSummary | undefined> {
  const log = openSync(path.join(folder, 'logs', 'launcher.log'), 'a');
  // Its environment is ours, unchanged: the launcher reads the configuration itself.
  const child = spawn(
    process.execPath,
    [smallYoungSpace, path.join(repositoryRoot, 'infra/local/launcher-main.ts'), ...args],
    {
      cwd: repositoryRoot,
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    },
  );
  closeSync(log);
  const interrupt = (): void => {
    child.kill('SIGTERM');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return new Promise<StackSummary | undefined>((resolve, reject) => {
    const fail = (text: string, code: number): void =>
      reject(
        new CliError(text, {
          code: 'start-failed',
          exitCode: exitCodeOf(code),
          next: code === 78 ? 'npx millrace config' : 'npx millrace doctor',
        }),
      );
    child.on('message', (message: LauncherMessage) => {
      if (message.type === 'step') say(message.text);
      else if (message.type === 'ready') resolve(message.summary);
      else if (message.exitCode === exitCodes.conflict) resolve(undefined);
      else fail(message.text, message.exitCode);
    });
    child.once('error', (error) => fail(error.message, exitCodes.unavailable));
    child.once('exit', (code, signal) =>
      fail(
        `The launcher ended (${signal ?? `exit code ${code}`}); its words are in ${folder}/logs/launcher.log.`,
        exitCodes.unavailable,
      ),
    );
  }).finally(() => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    if (child.connected) child.disconnect();
    child.unref();
  });
}
