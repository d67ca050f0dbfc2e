import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { childEnvironment } from '../config/environment.ts';
import { endProcess, identify, type ProcessIdentity } from './process-identity.ts';
import { SetupError } from './setup-error.ts';

/** A running engine: where it is, and how to end it. */
export interface RunningEngine extends ProcessIdentity {
  readonly name: string;
  readonly url: string;
  /** Resolves with how it ended, whoever ended it. */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL; waits until the process is gone. May be called twice. */
  stop(): Promise<void>;
}

export interface EngineStart {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  readonly cwd: string;
  /** Beside the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Asked every 50 ms with what this run has logged so far. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  readonly readyWithinMs: number;
  readonly graceMs: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What an engine started on a folder and port of the caller's choice needs to know. */
export interface EnginePlace {
  readonly folder: string;
  readonly port: number;
  /** Default: `<folder>/engine.log`. */
  readonly logFile?: string;
}

/**
 * Starts an engine as a process group of its own (a Ctrl-C in the terminal reaches the launcher alone, which stops the
 * roles before the engines), its output appended to the log file, and waits until it is ready.
 * Throws `SetupError` with the log's last lines when it ends or is not ready in time; then no process is left.
 */
export async function startEngine(start: EngineStart): Promise<RunningEngine> {
  mkdirSync(path.dirname(start.logFile), { recursive: true });
  mkdirSync(start.cwd, { recursive: true });
  const log = openSync(start.logFile, 'a');
  const logFrom = statSync(start.logFile).size;
  const child = spawn(start.command, start.args, {
    cwd: start.cwd,
    env: childEnvironment(start.env),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let ended: string | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve((ended = error.message)));
    child.once('exit', (code, signal) => resolve((ended = signal === null ? `exit code ${code}` : signal)));
  });
  const logged = (): string => readFileSync(start.logFile).subarray(logFrom).toString('utf8');
  const identity = identify(child.pid ?? 0);
  const stop = (): Promise<void> => endProcess(identity, start.graceMs);
  const deadline = Date.now() + start.readyWithinMs;
  for (;;) {
    const late = Date.now() > deadline;
    if (ended !== undefined || late) {
      await stop();
      const last = logged().trim().split('\n').slice(-3).join(' | ').slice(-600);
      throw new SetupError(
        `${start.name} ${late ? `was not ready within ${start.readyWithinMs / 1000} s` : `ended at its start (${ended})`}: ${last}.`,
        `read ${start.logFile}`,
      );
    }
    if (await start.isReady(logged())) break;
    await sleep(50);
  }
  child.unref();
  return { ...identity, name: start.name, url: start.url, exited, stop };
}
