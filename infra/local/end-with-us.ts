import { spawn } from 'node:child_process';
import path from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';

/** Ends these processes when this one dies without ending them itself (kill -9, a crash). */
export function endWithUs(processes: readonly ProcessIdentity[]): void {
  const guard = spawn(process.execPath, [path.join(import.meta.dirname, 'end-with-parent.ts')], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  guard.stdin.write(`${JSON.stringify(processes.map(({ pid, startedAt }) => ({ pid, startedAt })))}\n`);
  guard.unref();
}
