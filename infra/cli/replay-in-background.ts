import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../config/config.ts';

/** The real orders that `npm start` lets flow: UCI Online Retail, CC BY 4.0 (NOTICE). */
export const replayedOrders = 'producers/replay/data/online-retail-a.csv';

/** Starts `millrace replay` of the real orders, 20 a second, its words in `logs/replay.log`; undefined when there are none. */
export function replayInBackground(logFolder: string, settings: readonly string[]): ChildProcess | undefined {
  const file = path.join(repositoryRoot, replayedOrders);
  if (!existsSync(file) || !existsSync(path.join(repositoryRoot, 'infra/cli/commands/replay.ts')))
    return undefined;
  const log = openSync(path.join(logFolder, 'replay.log'), 'a');
  const args = ['replay', file, '--rate', '20', ...settings];
  const child = spawn(process.execPath, [path.join(repositoryRoot, 'infra/cli/main.ts'), ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  return child;
}
