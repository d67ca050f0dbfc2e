import { askLauncher } from '../local/control-socket.ts';
import { endProcess, isAlive, type ProcessIdentity, signalGroup } from '../local/process-identity.ts';
import type { Output } from './output.ts';

/** Has the launcher stop its stack and end; one that does not within the time is killed. */
export async function stopLauncher(
  folder: string,
  owner: ProcessIdentity,
  withinMs: number,
  out: Output,
): Promise<void> {
  out.say('stopping the roles, then the engines');
  const answer = await askLauncher(folder, { do: 'stop' }, 5_000).catch(() => undefined); // silent: a signal is left
  if (answer === undefined) signalGroup(owner.pid, 'SIGTERM');
  const deadline = Date.now() + withinMs;
  while (isAlive(owner)) {
    if (Date.now() > deadline) {
      out.say(`the launcher (${owner.pid}) did not end within ${withinMs / 1000} s: it is killed`);
      await endProcess(owner, 0);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
