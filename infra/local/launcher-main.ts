import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigError, type Overrides } from '../config/config.ts';
import { AlreadyRunning, createLauncher } from './launcher.ts';
import type { LauncherMessage } from './launcher-message.ts';
import { readRolesFile } from './read-roles-file.ts';
import { deployMain, roles } from './roles.ts';
import { SetupError } from './setup-error.ts';

// The process behind `millrace up`: tells its parent over IPC how the start goes, then lives on without it.
const { values } = parseArgs({
  options: {
    flags: { type: 'string', default: '{}' },
    roles: { type: 'string' },
    deploy: { type: 'string' },
  },
});

const tell = (message: LauncherMessage): void => {
  if (process.connected) process.send?.(message);
};
process.on('disconnect', () => undefined); // the parent has what it waited for, or was stopped: neither ends the stack

const fail = (error: unknown): void => {
  const exitCode =
    error instanceof ConfigError || error instanceof SetupError
      ? error.exitCode
      : error instanceof AlreadyRunning
        ? 4
        : 1;
  const text =
    error instanceof Error
      ? exitCode === 1
        ? (error.stack ?? error.message)
        : error.message
      : String(error);
  process.stderr.write(`${text}\n`);
  tell({ type: 'failed', text, exitCode });
  process.exitCode = exitCode;
  if (process.connected) process.disconnect();
};

try {
  const flags = z.record(z.string(), z.string()).parse(JSON.parse(values.flags)) as Overrides;
  const launcher = createLauncher({
    flags,
    roles: values.roles === undefined ? roles : readRolesFile(values.roles),
    deployMain: values.deploy ?? deployMain,
    say: (text) => tell({ type: 'step', text }),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void launcher.stop());
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    void launcher.stop().finally(() => process.exit(1));
  });
  const summary = await launcher.start();
  tell({ type: 'ready', summary });
  await launcher.ended;
  if (process.connected) process.disconnect();
} catch (error) {
  fail(error);
}
