import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../config/config.ts';
import { childEnvironment } from '../config/environment.ts';
import { endProcess, identify, type ProcessIdentity } from './process-identity.ts';
import { SetupError } from './setup-error.ts';

/** A process of ours, an engine or a role: how to see its end, and how to end it. */
export interface RunningProcess extends ProcessIdentity {
  /** Resolves with how it ended, whoever ended it. */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL; waits until the process is gone. May be called twice. */
  stop(): Promise<void>;
}

export interface RunningEngine extends RunningProcess {
  readonly name: string;
  readonly url: string;
}

/** What an engine started on a folder and port of the caller's choice needs to know. */
export interface EnginePlace {
  readonly folder: string;
  readonly port: number;
  /** Default: `<folder>/engine.log`. */
  readonly logFile?: string;
  /** Told the process before it is ready, to be found again should the caller be killed. */
  readonly onSpawn?: (identity: ProcessIdentity) => void;
}

/** What makes an engine ask who is there, over TLS. */
export interface EngineSecurity {
  /** As `millrace access` writes it for this engine. */
  readonly usersFile: string;
  /** In PEM. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

// Shared by our Node processes: without it each strips the types of every file again and keeps the stripper, 18 MB.
const compiledFiles = path.join(repositoryRoot, 'node_modules/.cache/compiled');

export interface ProcessStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Beside the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Appended to. */
  readonly logFile: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly onSpawn?: ((identity: ProcessIdentity) => void) | undefined;
}

/**
 * Starts a process that leads a group of its own: a Ctrl-C in the terminal reaches the launcher alone, which stops the
 * roles before the engines. Its output is appended to the log file by itself, so it outlives the launcher unharmed.
 */
export function startProcess(start: ProcessStart): RunningProcess {
  mkdirSync(path.dirname(start.logFile), { recursive: true });
  mkdirSync(start.cwd, { recursive: true });
  const log = openSync(start.logFile, 'a');
  const child = spawn(start.command, start.args, {
    cwd: start.cwd,
    env: childEnvironment({ NODE_COMPILE_CACHE: compiledFiles, ...start.env }),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  const identity = identify(child.pid ?? 0);
  if (child.pid !== undefined) start.onSpawn?.(identity);
  child.unref();
  const stop = async (): Promise<void> => {
    await endProcess(identity, start.graceMs);
    child.ref(); // else a process with nothing left but this would end before it knows
    await exited; // who waits for its end is told before who stopped it goes on
  };
  return { ...identity, exited, stop };
}

export interface EngineStart extends ProcessStart {
  readonly name: string;
  readonly url: string;
  /** Asked every 50 ms with what this run has logged so far. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  readonly readyWithinMs: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The last lines of a log, shortened, on one line. */
export const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' | ').slice(-600);

/**
 * Starts an engine and waits until it is ready. Throws `SetupError` with the log's last lines when it ends or is not
 * ready in time; then no process is left.
 */
export async function startEngine(start: EngineStart): Promise<RunningEngine> {
  const logFrom = statSync(start.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const logged = (): string => readFileSync(start.logFile).subarray(logFrom).toString('utf8');
  const running = startProcess(start);
  let ended: string | undefined;
  void running.exited.then((how) => (ended = how));
  const deadline = Date.now() + start.readyWithinMs;
  while (!(await start.isReady(logged()))) {
    const isLate = Date.now() > deadline;
    if (ended !== undefined || isLate) {
      await running.stop();
      const how = isLate
        ? `was not ready within ${start.readyWithinMs / 1000} s`
        : `ended at its start (${ended})`;
      throw new SetupError(`${start.name} ${how}: ${lastLines(logged())}.`, `read ${start.logFile}`);
    }
    await sleep(50);
  }
  return { ...running, name: start.name, url: start.url };
}
