import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../config/config.ts';
import { type Ran, runCommand } from '../local/run-command.ts';

const source = path.join(repositoryRoot, 'api/client');
/** In the tarball with it, so that it installs where no registry is reached; they have no dependencies of their own. */
const bundled = ['openapi-fetch', 'openapi-typescript-helpers'];

/**
 * Builds `@millrace/client` (ECMAScript modules and their types) and packs it into `folder`; the tarball's path is
 * returned. Throws with what the compiler or npm said.
 */
export async function packClient(folder: string): Promise<string> {
  const stage = path.join(folder, 'client');
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  const compiler = path.join(repositoryRoot, 'node_modules/typescript/bin/tsc');
  demand(await runCommand(process.execPath, [compiler, '-p', source, '--outDir', stage]), 'tsc');
  for (const file of ['package.json', 'README.md']) cpSync(path.join(source, file), path.join(stage, file));
  cpSync(path.join(repositoryRoot, 'LICENSE'), path.join(stage, 'LICENSE'));
  for (const name of bundled) {
    cpSync(path.join(repositoryRoot, 'node_modules', name), path.join(stage, 'node_modules', name), {
      recursive: true,
    });
  }
  const packed = demand(
    await runCommand('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
      cwd: stage,
    }),
    'npm pack',
  );
  return path.join(folder, packed.trim());
}

function demand({ code, stdout, stderr }: Ran, what: string): string {
  if (code !== 0) throw new Error(`${what} failed:\n${stdout}${stderr}`);
  return stdout;
}
