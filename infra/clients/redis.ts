import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { LinkFault } from './link-fault.ts';
import type { Link } from './links.ts';

export type { Redis } from 'ioredis';

export interface RedisOptions extends Link {
  readonly logger: Logger;
  /** A command that has no answer by then rejects; it is never sent a second time by the client. */
  readonly commandTimeoutMs?: number;
}

const commandTimeoutMsDefault = 5_000;
const reconnectMaxMs = 2_000;
/**
 * A Redis that is silent for longer than a command may take is as good as away. Without this ioredis keeps each command
 * that timed out, and its bytes, until the answer comes: a frozen Redis would fill the memory of whoever asks it.
 */
const silentMs = 1_000;

/**
 * A connection that fails fast while Redis is away and reconnects for ever, with jitter. ioredis would queue
 * commands and resend unanswered ones by itself; both are off, since what a command did is the caller's question.
 */
export function connectRedis({
  url,
  username,
  password,
  logger,
  commandTimeoutMs = commandTimeoutMsDefault,
}: RedisOptions): Redis {
  const redis = new Redis(url, {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    socketTimeout: commandTimeoutMs + silentMs,
    connectTimeout: 3_000,
    retryStrategy: (attempt) =>
      Math.min(reconnectMaxMs, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  });
  redis.on('error', (error: Error) => logger.warn({ err: { message: error.message } }, 'redis is away'));
  return redis;
}

/** Resolves when commands can be sent. Rejects after `withinMs` with a LinkFault of the last thing that was said. */
export async function redisReady(redis: Redis, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  let said = new Error(`silent for ${withinMs} ms`);
  const listen = (error: Error): void => void (said = error);
  redis.on('error', listen);
  try {
    while (redis.status !== 'ready') {
      if (Date.now() > deadline) {
        const { host, port, username, password } = redis.options;
        const as = username || (password ? 'default' : '');
        throw new LinkFault({ engine: 'Redis', at: `${host}:${port}`, username: as }, said);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    redis.off('error', listen);
  }
}
