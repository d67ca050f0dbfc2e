import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** It asks each of its processes first, and the machine may be busy: whoever gives up too soon takes it for dead. */
const answerWithinMs = 30_000;

const commandSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('status') }),
  z.strictObject({ do: z.literal('stop') }),
  z.strictObject({ do: z.literal('restart'), name: z.string(), release: z.string() }),
  z.strictObject({ do: z.literal('scale'), role: z.string(), instances: z.number().int().min(0) }),
]);

/** What the CLI may ask the launcher; one JSON line each way. */
export type ControlCommand = z.infer<typeof commandSchema>;

function parseCommand(line: string): ControlCommand | undefined {
  try {
    return commandSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // no JSON: no command either
  }
}

/** The socket of a data folder: in it, or in the temporary folder when the path would exceed what the system takes (107 bytes). */
export function socketPath(folder: string): string {
  const inside = path.join(folder, 'control.sock');
  if (Buffer.byteLength(inside) <= 100) return inside;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return path.join(os.tmpdir(), `millrace-${name}.sock`);
}

/** Answers the CLI; only for the owner of the folder's lock, whose predecessor's socket file it replaces. */
export async function serveControl(
  folder: string,
  answer: (command: ControlCommand) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const file = socketPath(folder);
  rmSync(file, { force: true });
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    // The interface tells the socket's errors again: one that goes unheard ends the launcher.
    const lines = createInterface({ input: socket }).on('error', () => undefined);
    lines.once('line', (line) => {
      const command = parseCommand(line);
      const reply =
        command === undefined
          ? Promise.resolve({ error: 'unknown command; there are status, scale, restart and stop' })
          : answer(command);
      void reply.then(
        (value) => socket.end(`${JSON.stringify(value)}\n`),
        (error: unknown) => socket.end(`${JSON.stringify({ error: String(error) })}\n`),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(file, () => {
      chmodSync(file, 0o600); // its answers hold secrets
      resolve();
    });
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** A launcher listens and has not answered in time: it is frozen, or its machine is far too busy. */
export class LauncherSilent extends Error {}

/**
 * Asks the launcher of a data folder; undefined when none listens. Rejects with `LauncherSilent` after 30 s without an
 * answer: then it is not known what became of the command.
 */
export function askLauncher(
  folder: string,
  command: ControlCommand,
  withinMs = answerWithinMs,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(socketPath(folder), () => socket.write(`${JSON.stringify(command)}\n`));
    socket.setTimeout(withinMs, () => {
      reject(new LauncherSilent(`the launcher of ${folder} has not answered within ${withinMs / 1_000} s`));
      socket.destroy();
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', () => undefined); // 'close' follows, with nothing read
    socket.once('close', () => {
      try {
        resolve(JSON.parse(text));
      } catch {
        resolve(undefined); // nobody there, or an answer cut short: the same to the caller, who looks at the lock
      }
    });
  });
}
