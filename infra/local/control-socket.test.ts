import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { askLauncher, serveControl, socketPath } from './control-socket.ts';

test.each(['short', 'long'.repeat(30)])(
  'answers status and stop in a %s folder, to its owner alone',
  async (name) => {
    const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'control-')), name);
    mkdirSync(folder);
    expect(await askLauncher(folder, 'status')).toBeUndefined();
    const close = await serveControl(folder, (command) => ({ command }));
    expect(await askLauncher(folder, 'status')).toEqual({ command: 'status' });
    expect(await askLauncher(folder, 'stop')).toEqual({ command: 'stop' });
    expect(statSync(socketPath(folder)).mode & 0o077).toBe(0);
    await close();
    expect(await askLauncher(folder, 'status')).toBeUndefined();
  },
);

test('an unknown or broken command gets an answer and harms nothing', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'control-'));
  const close = await serveControl(folder, (command) => ({ command }));
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = net.connect(socketPath(folder), () => socket.write('{"x":\n'));
    socket.on('data', (data) => (text += data.toString())).on('close', () => resolve(text));
  });
  expect(JSON.parse(answer)).toEqual({ error: expect.stringContaining('unknown command') });
  expect(await askLauncher(folder, 'status')).toEqual({ command: 'status' });
  await close();
});
