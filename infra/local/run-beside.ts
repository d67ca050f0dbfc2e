import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { childEnvironment } from '../config/environment.ts';
import { endWithUs } from './end-with-us.ts';
import { endProcess, identify } from './process-identity.ts';

/** A process that computes while others wait. */
export interface Beside {
  /** Its exit code; null when it was ended by a signal or never started. */
  readonly ended: Promise<number | null>;
  /** For when somebody waits for it: it says what it has said so far, and from now on at once, at usual priority. */
  show(): void;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

const lowest = 19;
const graceMs = 2_000;

/**
 * Starts a command at the lowest priority: it gets the time no other process wants, so that one whose clock runs is not
 * held up. Its words are kept until `show`; it ends with this process.
 */
export function runBeside(command: readonly string[], cwd: string): Beside {
  // threads have the priority of the one that starts them: lowered afterwards, some would keep the old one
  const child = spawn('nice', ['-n', String(lowest), ...command], {
    cwd,
    detached: true, // a session of its own
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment(),
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity) {
    lowerSession(identity.pid);
    endWithUs([identity]);
  }

  let kept: (() => void)[] | null = [];
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from.setEncoding('utf8').on('data', (text: string) => {
      const say = (): void => void to.write(text);
      if (kept) kept.push(say);
      else say();
    });
  }
  return {
    ended,
    show() {
      if (identity) lift(identity.pid);
      for (const say of kept ?? []) say();
      kept = null;
    },
    async stop() {
      if (identity) await endProcess(identity, graceMs);
    },
  };
}

/** Linux may share the time between sessions first (sched(7), autogroup): then a priority counts within one alone. */
function lowerSession(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(lowest));
  } catch {
    // no such file: this kernel, or this system, compares processes
  }
}

/** On a busy machine it would not come to its end otherwise. Who is not root may be refused: then it stays low. */
function lift(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, '0');
  } catch {
    // as above, or it has ended
  }
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) os.setPriority(Number(thread), 0);
  } catch {
    // refused, ended, or no Linux
  }
}
