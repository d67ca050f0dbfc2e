import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fillOnce } from '../local/cache.ts';
import { installDebianPackages } from '../local/debian-packages.ts';
import type { Progress } from '../local/maven.ts';
import { runCommand } from '../local/run-command.ts';
import { SetupError } from '../local/setup-error.ts';

const requirements = path.join(import.meta.dirname, 'requirements.txt');
const oldest = [3, 11] as const;
const fix = `apt-get install python3 python3-venv (${oldest.join('.')} or newer)`;

interface Python {
  readonly command: string;
  /** `3.11` */
  readonly version: string;
}

/** `[major, minor]` at least the oldest that the packages know. */
export const isNewEnough = ([major = 0, minor = 0]: readonly number[]): boolean =>
  major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);

/** The first Python that is new enough and can make environments: Debian divides `ensurepip` from it. */
async function findPython(): Promise<Python | undefined> {
  for (const command of ['python3', 'python3.13', 'python3.12', 'python3.11']) {
    const ask = 'import ensurepip, sys, venv; print(*sys.version_info[:2])';
    const { code, stdout } = await runCommand(command, ['-c', ask]);
    const version = stdout.trim().split(' ').map(Number);
    if (code === 0 && isNewEnough(version)) return { command, version: version.join('.') };
  }
  return undefined;
}

/**
 * The Python that runs schemathesis (`<it> -m schemathesis.cli`): an environment of its own in the cache, with the
 * packages of `requirements.txt`, each checked by its digest. Installs Debian's Python where it may. Throws `SetupError`.
 */
export async function ensureSchemathesis(progress: Progress): Promise<string> {
  const python =
    (await findPython()) ??
    ((await installDebianPackages(['python3', 'python3-venv'], progress)) ? await findPython() : undefined);
  if (python === undefined)
    throw new SetupError('Python that can make environments is missing (the contract tests run on it).', fix);
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = await fillOnce(`schemathesis-${python.version}-${digest}`, async (draft) => {
    progress('installing schemathesis (once)');
    // It is moved when it is whole: `bin/python` and modules are found from where they lie, the other scripts are not used.
    await demand(python.command, ['-m', 'venv', draft]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'];
    await demand(path.join(draft, 'bin/python'), [...install, '--only-binary=:all:', '-r', requirements]);
  });
  return path.join(folder, 'bin/python');
}

async function demand(command: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runCommand(command, args);
  if (code !== 0)
    throw new SetupError(
      `${args.slice(0, 3).join(' ')} failed: ${(stdout + stderr).trim().slice(-2_000)}`,
      'check the network, and that the package index of pip is reached',
    );
}
