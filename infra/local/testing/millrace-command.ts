import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childEnvironment } from '../../config/environment.ts';
import { repositoryRoot } from '../../config/config.ts';
import type { Role } from '../roles.ts';
import { shortLived } from './short-lived.ts';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const fake = (name: string): string => `infra/local/testing/${name}.ts`;

/** A data folder of its own and the CLI as a user types it, on fake roles: for tests of the launcher. */
export function createSandbox() {
  const parent = mkdtempSync(path.join(os.tmpdir(), 'millrace-stack-'));
  const folder = path.join(parent, 'data');
  const rolesFile = path.join(parent, 'roles.json');
  const withRoles = (...roles: readonly Role[]): void => writeFileSync(rolesFile, JSON.stringify(roles));
  withRoles(
    { role: 'orders', main: fake('fake-role'), instances: 2 },
    { role: 'api', main: fake('fake-role'), instances: 1 },
  );
  const fakes = ['--roles', rolesFile, '--deploy', fake('fake-deploy')];

  const begin = (args: readonly string[], env: Record<string, string> = {}) =>
    spawn(process.execPath, [path.join(repositoryRoot, 'infra/cli/main.ts'), ...args], {
      env: childEnvironment({ ...shortLived, MILLRACE_DATA_DIR: folder, NO_COLOR: '1', ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  const millrace = (args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> =>
    new Promise((resolve, reject) => {
      const child = begin(args, env);
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });

  return {
    folder,
    fake,
    fakes,
    withRoles,
    begin,
    millrace,
    end: async (): Promise<void> => {
      await millrace(['down', '--wipe']);
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
