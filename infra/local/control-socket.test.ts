import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  askLauncher,
  type ControlCommand,
  LauncherSilent,
  serveControl,
  socketPath,
} from './control-socket.ts';

const status: ControlCommand = { do: 'status' };

test.each(['short', 'long'.repeat(30)])(
  'answers every command in a %s folder, to its owner alone',
  async (name) => {
    const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'control-')), name);
    mkdirSync(folder);
    expect(await askLauncher(folder, status)).toBeUndefined();
    const close = await serveControl(folder, async (command) => ({ command }));
    const commands: readonly ControlCommand[] = [
      status,
      { do: 'stop' },
      { do: 'scale', role: 'stock', instances: 3 },
    ];
    for (const command of commands) expect(await askLauncher(folder, command)).toEqual({ command });
    expect(statSync(socketPath(folder)).mode & 0o077).toBe(0);
    await close();
    expect(await askLauncher(folder, status)).toBeUndefined();
  },
);

test.each(['{"x":', '{"do":"scale","role":"stock","instances":-1}', 'status', '{"do":"status","then":1}'])(
  '%s gets an answer and harms nothing',
  async (line) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'control-'));
    const close = await serveControl(folder, async (command) => ({ command }));
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = net.connect(socketPath(folder), () => socket.write(`${line}\n`));
      socket.on('data', (data) => (text += data.toString())).on('close', () => resolve(text));
    });
    expect(JSON.parse(answer)).toEqual({ error: expect.stringContaining('unknown command') });
    expect(await askLauncher(folder, status)).toEqual({ command: status });
    await close();
  },
);

test('a launcher that is silent is not taken for none', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'control-'));
  const answers = Promise.withResolvers<unknown>();
  const close = await serveControl(folder, () => answers.promise);
  await expect(askLauncher(folder, status, 50)).rejects.toThrow(LauncherSilent);
  answers.resolve({});
  await close();
});
