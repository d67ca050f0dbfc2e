import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import type { Progress } from './maven.ts';
import { runCommand } from './run-command.ts';

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
export async function installDebianPackages(
  packages: readonly string[],
  progress: Progress,
): Promise<boolean> {
  if (process.getuid?.() !== 0 || (await runCommand('apt-get', ['--version'])).missing) return false;
  progress(`installing ${packages.join(', ')} with apt-get`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    runCommand('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
  return withoutServices(async () => {
    const update = await runCommand('apt-get', ['update'], { env });
    return update.code === 0 && (await install()).code === 0;
  });
}
