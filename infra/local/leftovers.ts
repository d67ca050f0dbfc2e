import { readProcesses, writeProcesses } from './data-folder.ts';
import { endProcess, isAlive } from './process-identity.ts';

/**
 * Ends what a killed launcher left behind, roles first, and gives the names. Only for the folder's owner, or when it has
 * none. A process is ended only while its number and its start time are the recorded ones.
 */
export async function endLeftovers(folder: string, graceMs: number): Promise<readonly string[]> {
  const alive = Object.entries(readProcesses(folder)).filter(([, identity]) => isAlive(identity));
  const isEngine = (name: string): boolean => !/-\d+$/.test(name);
  for (const group of [alive.filter(([name]) => !isEngine(name)), alive.filter(([name]) => isEngine(name))]) {
    await Promise.all(group.map(([, identity]) => endProcess(identity, graceMs)));
  }
  if (alive.length > 0) writeProcesses(folder, {});
  return alive.map(([name]) => name);
}
