import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Progress } from './maven.ts';
import { installDebianPackages } from './debian-packages.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** The file of the browser on PATH, or undefined. */
export async function findChromium(): Promise<string | undefined> {
  for (const command of ['chromium', 'chromium-browser', 'google-chrome']) {
    const folders = (process.env['PATH'] ?? '').split(path.delimiter);
    const file = folders.map((folder) => path.join(folder, command)).find((each) => existsSync(each));
    if (file !== undefined && (await runCommand(file, ['--version'])).code === 0) return file;
  }
  return undefined;
}

/** The browser of the page tests; installs Debian's where it may. Throws `SetupError` with the line to type. */
export async function ensureChromium(progress: Progress): Promise<string> {
  const found =
    (await findChromium()) ??
    ((await installDebianPackages(['chromium'], progress)) ? await findChromium() : undefined);
  if (found === undefined)
    throw new SetupError('chromium is missing (the page tests drive it).', 'apt-get install chromium');
  return found;
}
