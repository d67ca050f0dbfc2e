import type { KafkaConnection } from '../../infra/clients/kafkajs/hardened-kafkajs.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import type { Log } from '../../infra/clients/log.ts';
import { createFlusher, type Flusher } from './flusher.ts';

/** A process's one way to the log. */
export interface ProcessLog {
  readonly log: Log;
  readonly flusher: Flusher;
  /** Closes it with its last user. */
  close(): Promise<void>;
}

interface Shared {
  users: number;
  readonly opened: Promise<{ readonly log: Log; readonly flusher: Flusher }>;
}

const shared = new WeakMap<object, Shared>();

/**
 * The log and flusher of a process; roles that run in one process share them, so that what all of them append
 * gathers in the same sends. `owner` is what they have in common: their configuration.
 */
export async function openProcessLog(owner: object, connection: KafkaConnection): Promise<ProcessLog> {
  const found = shared.get(owner) ?? { users: 0, opened: open(connection) };
  shared.set(owner, found);
  found.users += 1;
  const close = async (): Promise<void> => {
    found.users -= 1;
    if (found.users > 0) return;
    shared.delete(owner);
    await found.opened.then(
      ({ log }) => log.close(),
      () => undefined, // it never opened: whoever opened it was told
    );
  };
  try {
    return { ...(await found.opened), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(connection: KafkaConnection): Promise<{ readonly log: Log; readonly flusher: Flusher }> {
  const log = await createKafkajsLog(connection);
  return { log, flusher: createFlusher(log) };
}
