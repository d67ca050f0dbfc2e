import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import type { Answered } from '../../producers/checkout/checkout.ts';
import { connectRedis, type Redis, redisReady } from '../clients/redis.ts';
import type { ChaosRun } from './chaos-run.ts';
import { redisLink } from '../clients/links.ts';

/** What was seen while Redis refused everybody's credential. */
export interface RevokedReport {
  readonly seconds: number;
  /** Connections that Redis took meanwhile, all of which it refused. */
  readonly connections: number;
  /** Orders that were answered 202 meanwhile. */
  readonly accepted: number;
}

/**
 * Connections a second over all clients: each waits 50 ms, doubled up to 2 s, between two tries. Three to five clients
 * make some three a second; one that does not wait makes hundreds.
 */
export const connectionsPerSecondMax = 10;

/**
 * Redis refuses the credential it took before, and cuts everybody off. Roles must wait with back-off and the API must
 * still take orders: `tally.broken` says where they do not.
 */
export async function revokeRedis(run: ChaosRun, forMs: number): Promise<void> {
  const { stack, tally, listeners } = run;
  const redis = connectRedis({
    ...redisLink(stack.config),
    logger: pino({ level: 'silent' }),
    commandTimeoutMs: 10_000,
  });
  let accepted = 0;
  const hear = ({ request, status }: Answered): void => {
    if (request.path === '/v1/orders' && status === 202) accepted += 1;
  };
  try {
    await redisReady(redis, 10_000);
    await redis.config('SET', 'requirepass', randomUUID());
    const before = await connectionsOf(redis);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
    listeners.add(hear);
    run.say(`redis refuses every credential for ${forMs / 1_000} s`);
    await wait(forMs);
    const connections = (await connectionsOf(redis)) - before;
    const report = { seconds: forMs / 1_000, connections, accepted };
    tally.revoked.push(report);
    tally.add('credentialsRevoked');
    tally.broken.push(...wrongRevoked(report));
    run.say(`redis refused ${connections} connections, ${accepted} orders were accepted`);
  } finally {
    listeners.delete(hear);
    // this connection was let in before: the only one that can take it back
    await redis.config('SET', 'requirepass', '');
    redis.disconnect();
  }
}

/** What is wrong with how the roles behaved. */
export function wrongRevoked({ seconds, connections, accepted }: RevokedReport): readonly string[] {
  const wrong: string[] = [];
  if (connections > connectionsPerSecondMax * seconds)
    wrong.push(
      `Redis was asked for ${connections} connections in ${seconds} s after the credential was revoked, at most ${connectionsPerSecondMax} a second are allowed`,
    );
  if (accepted === 0) wrong.push('no order was accepted while Redis refused the credential');
  return wrong;
}

async function connectionsOf(redis: Redis): Promise<number> {
  const [, count] = /^total_connections_received:(\d+)/m.exec(await redis.info('stats')) ?? [];
  if (count === undefined) throw new Error('Redis does not tell total_connections_received');
  return Number(count);
}
