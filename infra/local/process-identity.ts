import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; `''` when it could not be read, which matches no process. */
  readonly startedAt: string;
}

/** When the process started, in the system's own words; undefined when it is gone (a zombie counts as gone). */
function processStart(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold anything
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined; // /proc/<pid> is absent, or ps exits 1: no such process
  }
}

export const identify = (pid: number): ProcessIdentity => ({ pid, startedAt: processStart(pid) ?? '' });

export const isAlive = ({ pid, startedAt }: ProcessIdentity): boolean =>
  startedAt !== '' && processStart(pid) === startedAt;

/** Sends a signal to the process's group (it leads one), or to it alone; a process that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ESRCH') throw error;
    }
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends a process and its group: SIGTERM, after `graceMs` SIGKILL, and waits until it is gone. Only if it is still the same one. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!isAlive(identity)) return;
  signalGroup(identity.pid, 'SIGTERM');
  const killAt = Date.now() + graceMs;
  const giveUpAt = killAt + 5_000;
  let killed = false;
  while (isAlive(identity)) {
    if (!killed && Date.now() >= killAt) {
      signalGroup(identity.pid, 'SIGKILL');
      killed = true;
    }
    if (Date.now() > giveUpAt) throw new Error(`process ${identity.pid} survives SIGKILL`);
    await sleep(20);
  }
}
