import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../config/config.ts';

const module = path.join(repositoryRoot, 'infra/cli/closed-output.ts');

/** Runs a script whose stdout and stderr nobody reads: its exit code. */
async function runUnread(script: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.once('message', () => child.send('go'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

const writesTenTimes = `
  process.once('message', async () => {
    for (let i = 0; i < 10; i += 1) {
      process.stdout.write('data');
      process.stderr.write('words');
      await new Promise(setImmediate);
    }
    process.exit(0);
  });
  process.send('ready');`;

test('a command ends like others when its reader goes away, without an uncaught error', async () => {
  const script = `import { endWithReader } from '${module}'; endWithReader(); ${writesTenTimes}`;
  expect(await runUnread(script)).toBe(141);
});

test('what must be stopped in order lives on without a reader', async () => {
  const script = `import { endWithReader, outliveReader } from '${module}'; endWithReader(); outliveReader(); ${writesTenTimes}`;
  expect(await runUnread(script)).toBe(0);
});
