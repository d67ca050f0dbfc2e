import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { allIsYoung } from '../../clients/tune-collector.ts';
import { childEnvironment } from '../../config/environment.ts';

export interface BenchProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process says that it is ready to work. */
  readonly ready: Promise<void>;
  /** Ends it at once; what it had not acknowledged is lost with it. */
  stop(): Promise<void>;
  /** Lets it leave its groups, so that the next members need not wait for the session time-out. */
  leave(): Promise<void>;
}

export interface EngineOptions {
  readonly heapMb?: number;
  /** Told each line of its log. */
  readonly onLine?: (line: string) => void;
}

/** Starts `node <file> …args` as a process of its own, with the collector of a role; it sends `ready` over IPC. */
export function startBenchProcess(
  name: string,
  file: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { heapMb = 512, onLine }: EngineOptions = {},
): BenchProcess {
  const flags = [allIsYoung, `--max-old-space-size=${heapMb}`, file.pathname, ...args];
  const child: ChildProcess = spawn(process.execPath, flags, {
    env: childEnvironment(environment),
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit', 'ipc'],
  });
  if (onLine && child.stdout) createInterface({ input: child.stdout }).on('line', onLine);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  ready.catch(() => undefined); // its reader may only come later
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
    async leave() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
