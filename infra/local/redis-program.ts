import { existsSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
import { installDebianPackages } from './debian-packages.ts';
import type { Progress } from './maven.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

const oldestMajor = 7;
const fix = 'apt-get install redis-server (7 or newer), or put a redis-server on PATH';

/** The major version of `redis-server --version`'s answer; undefined when it is not one. */
export const redisMajor = (versionText: string): number | undefined => {
  const major = /v=(\d+)\./.exec(versionText)?.[1];
  return major === undefined ? undefined : Number(major);
};

/** The first redis-server of version 7 or newer, on PATH or in the cache; undefined when there is none. */
export async function findRedisServer(): Promise<
  { readonly command: string; readonly major: number } | undefined
> {
  for (const command of ['redis-server', path.join(cacheFolder(), 'redis-server')]) {
    const ran = await runCommand(command, ['--version']);
    const major = ran.code === 0 ? redisMajor(ran.stdout) : undefined;
    if (major !== undefined && major >= oldestMajor) return { command, major };
  }
  return undefined;
}

/** The redis-server to run; installs Debian's where it may. Throws `SetupError` with the line to type. */
export async function redisServer(progress: Progress): Promise<string> {
  const found = await findRedisServer();
  if (found !== undefined) return found.command;
  if (await installDebianPackages(['redis-server'], progress)) {
    // Ours runs on its own port with its own data: Debian's service must not start with the machine either.
    if (existsSync('/run/systemd/system'))
      await runCommand('systemctl', ['disable', '--now', 'redis-server']);
    const installed = await findRedisServer();
    if (installed !== undefined) return installed.command;
  }
  throw new SetupError(`redis-server ${oldestMajor} or newer is missing.`, fix);
}
