import type { Overrides } from '../config/config.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { prepareDataFolder } from '../local/data-folder.ts';
import { lockOwner } from '../local/launcher-lock.ts';
import type { StackSummary } from '../local/stack-status.ts';
import { CliError } from './cli-error.ts';
import { launchInBackground } from './launch-in-background.ts';
import { dataFolder, stackStatus } from './local-stack.ts';
import type { Output } from './output.ts';

/** The local stack, which runs in the background. */
export interface BroughtUp {
  readonly summary: StackSummary;
  /** By this call; false: it ran before. */
  readonly isOurs: boolean;
}

/**
 * Starts the local stack in the background unless it runs, and waits until it is ready. `args` go to the launcher.
 * Throws CliError where it cannot start.
 */
export async function bringUp(flags: Overrides, args: readonly string[], out: Output): Promise<BroughtUp> {
  const folder = dataFolder(flags);
  const running = await waitForOther(folder, out);
  if (running) return { summary: running, isOurs: false };
  prepareDataFolder(folder);
  const started = await launchInBackground(folder, ['--flags', JSON.stringify(flags), ...args], out.say);
  const summary = started ?? (await waitForOther(folder, out));
  if (summary) return { summary, isOurs: started !== undefined };
  throw new CliError('The stack ended while it started.', {
    code: 'ended',
    exitCode: exitCodes.unavailable,
    next: 'npx millrace logs launcher',
  });
}

/** Waits for a stack that somebody else starts; undefined when there is none. */
async function waitForOther(folder: string, out: Output): Promise<StackSummary | undefined> {
  let shown = '';
  for (;;) {
    const status = await stackStatus(folder);
    if (status === undefined && lockOwner(folder) === undefined) return undefined;
    if (status?.state === 'stopping') {
      throw new CliError('The stack is being stopped.', {
        code: 'stopping',
        exitCode: exitCodes.tryAgain,
        next: 'npx millrace up',
      });
    }
    if (status?.summary) return status.summary;
    if (status !== undefined && status.step !== shown) out.say((shown = status.step));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
