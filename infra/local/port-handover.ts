import { readFileSync } from 'node:fs';

/** What becomes of a connection that waits at a process which leaves a shared port. */
export interface PortHandover {
  /** The kernel gives it to another process of the port; else it resets it, and nobody has seen its request. */
  readonly handsOn: boolean;
  /** For `millrace doctor`. */
  readonly told: string;
}

const setting = '/proc/sys/net/ipv4/tcp_migrate_req';

/** As the kernel is set: Linux since 5.14, ip-sysctl; off by default. */
export function portHandover(file = setting): PortHandover {
  if (read(file) === '1') return { handsOn: true, told: 'connections are handed on when an API stops' };
  const fix = 'sysctl -w net.ipv4.tcp_migrate_req=1 hands it on';
  return { handsOn: false, told: `an API that stops may reset a connection that comes just then; ${fix}` };
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null; // another system, or an older kernel
  }
}
