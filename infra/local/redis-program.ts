import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
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
export async function findRedisServer(): Promise<{ readonly command: string; readonly major: number } | undefined> {
  for (const command of ['redis-server', path.join(cacheFolder(), 'redis-server')]) {
    const ran = await runCommand(command, ['--version']);
    const major = ran.code === 0 ? redisMajor(ran.stdout) : undefined;
    if (major !== undefined && major >= oldestMajor) return { command, major };
  }
  return undefined;
}

/** Runs `install` while Debian's `policy-rc.d` forbids packages to start their services. */
async function withoutServices<T>(install: () => Promise<T>): Promise<T> {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  await writeFile(policy, '#!/bin/sh\nexit 101\n');
  await chmod(policy, 0o755);
  try {
    return await install();
  } finally {
    await rm(policy, { force: true });
  }
}

/** Installs Debian packages when this is Debian and we are root; false when we may not or it failed. Starts no service. */
export async function installDebianPackages(packages: readonly string[], progress: Progress): Promise<boolean> {
  if (process.getuid?.() !== 0 || (await runCommand('apt-get', ['--version'])).missing) return false;
  progress(`installing ${packages.join(', ')} with apt-get`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => runCommand('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
  return withoutServices(async () => {
    const update = await runCommand('apt-get', ['update'], { env });
    return update.code === 0 && (await install()).code === 0;
  });
}

/** The redis-server to run; installs Debian's where it may. Throws `SetupError` with the line to type. */
export async function redisServer(progress: Progress): Promise<string> {
  const found = await findRedisServer();
  if (found !== undefined) return found.command;
  if (await installDebianPackages(['redis-server'], progress)) {
    // Ours runs on its own port with its own data: Debian's service must not start with the machine either.
    if (existsSync('/run/systemd/system')) await runCommand('systemctl', ['disable', '--now', 'redis-server']);
    const installed = await findRedisServer();
    if (installed !== undefined) return installed.command;
  }
  throw new SetupError(`redis-server ${oldestMajor} or newer is missing.`, fix);
}
