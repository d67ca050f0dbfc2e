import { readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ on every Linux architecture we run on (man 5 proc)

/**
 * CPU a process and its threads have used so far, in microseconds, in steps of 10 ms (`/proc/<pid>/stat`,
 * utime + stime). 0 if the process is gone.
 */
export function processCpuUs(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond;
  } catch {
    return 0; // it has ended: what it used is in the last sample taken before
  }
}

/** Resident memory of a process in bytes, 0 if it is gone. */
export function processRssBytes(pid: number): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
