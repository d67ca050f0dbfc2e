import { type ChildProcess, spawn } from 'node:child_process';
import { childEnvironment } from '../config/environment.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when there is no such command. */
  readonly missing: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Beside the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

const running = new Set<ChildProcess>();

/** Ends every command that `runCommand` still waits for; each comes back with `code: null`. */
export function endCommands(): void {
  for (const child of running) child.kill('SIGTERM');
}

/** Runs a command to its end and gives back what it wrote. Never rejects: an absent command is `missing`. */
export function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: childEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const text = { stdout: '', stderr: '' };
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text.stdout += chunk;
      const lines = (rest + chunk).split(/[\r\n]/);
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text.stderr += chunk;
    });
    const end = (ran: Ran): void => {
      running.delete(child);
      resolve(ran);
    };
    child.once('error', (error) =>
      end({
        code: null,
        ...text,
        stderr: error.message,
        missing: 'code' in error && error.code === 'ENOENT',
      }),
    );
    child.once('close', (code) => end({ code, ...text, missing: false }));
  });
}
