import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Command } from 'commander';
import { AlreadyRunning, createLauncher } from '../../local/launcher.ts';
import { endProcess, identify } from '../../local/process-identity.ts';
import { readRolesFile } from '../../local/read-roles-file.ts';
import { deployMain, roles } from '../../local/roles.ts';
import { SetupError } from '../../local/setup-error.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { outliveReader } from '../closed-output.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';
import { replayInBackground, replayedOrders } from '../replay-in-background.ts';
import { stockWelcomeProduct } from '../welcome-product.ts';
import { welcomeText } from '../welcome.ts';

interface StartOptions extends CommonOptions {
  readonly replay: boolean;
  readonly roles?: string;
  readonly deploy?: string;
}

async function startInForeground(options: StartOptions): Promise<void> {
  outliveReader(); // a stack is stopped in order, also when its terminal is gone
  const out = createOutput(options);
  const launcher = createLauncher({
    flags: options.set,
    roles: options.roles === undefined ? roles : readRolesFile(options.roles),
    deployMain: options.deploy ?? deployMain,
    say: out.say,
  });
  let interrupted = false;
  let replay: ChildProcess | undefined;
  const stop = (): void => {
    if (!interrupted) out.say('\nstopping: the roles, then the engines');
    interrupted = true;
    const replaying = replay?.pid === undefined ? Promise.resolve() : endProcess(identify(replay.pid), 3_000);
    void replaying.then(() => launcher.stop());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    void launcher.stop().finally(() => process.exit(exitCodes.bug));
  });
  try {
    const summary = await launcher.start();
    if (options.replay && !(await stockWelcomeProduct(summary, 15_000))) {
      out.say(`The product of the curl below could not be put there yet: npx millrace logs api`);
    }
    out.data(summary, welcomeText(summary));
  } catch (error) {
    if (interrupted && error instanceof SetupError) process.exit(exitCodes.interrupted);
    if (!(error instanceof AlreadyRunning)) throw error;
    throw new CliError(error.message, {
      code: 'already-running',
      exitCode: exitCodes.conflict,
      next: 'npx millrace status',
      cause: error,
    });
  }
  if (options.replay && !interrupted) {
    const settings = Object.entries(options.set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    replay = replayInBackground(path.join(launcher.dataDir, 'logs'), settings);
    if (replay?.pid !== undefined) launcher.adopt('replay-1', identify(replay.pid));
    if (replay !== undefined)
      out.say(`Real orders flow in at 20 a second (${replayedOrders}); npx millrace logs replay -f`);
  }
  await launcher.ended;
  process.exit(exitCodes.ok); // Ctrl-C is how a stack in the foreground ends
}

/** `millrace start`, behind `npm start`: everything in the foreground until Ctrl-C, real orders flowing. */
export function register(program: Command): void {
  withCommonOptions(program.command('start'))
    .description('start the local stack in the foreground and replay real orders; Ctrl-C stops all of it')
    .option('--no-replay', 'no orders by themselves')
    .option('--roles <file>', 'another role table (JSON)')
    .option('--deploy <main>', 'another deploy step')
    .action(startInForeground);
}
