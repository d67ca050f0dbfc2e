import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { journalOf, type ProcessorName, processorNames } from '../../../schemas/topic-catalogue.ts';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../clients/kafkajs/kafkajs-log-reader.ts';
import { groupLagSchema } from '../../clients/lag/partition-lag.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import { createLocalStack, eventually, type LocalStack } from '../../e2e/local-stack.ts';
import { silent } from '../saga-lite/block-engines.ts';
import { firstEventOfNextOwner } from './first-event.ts';

export interface FailoverOptions {
  /** Times one processor is killed. */
  readonly rounds: number;
  /** Orders a second meanwhile. */
  readonly rate: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

const file = fileURLToPath(new URL('../../../producers/replay/data/online-retail-a.csv', import.meta.url));
const sessionTimeoutMs = 6_000;
const goalOneMs = sessionTimeoutMs + 4_000;
const goalAllMs = 20_000;
const withinMs = 60_000;
const settleMs = 5_000;
const victims = ['stock-2', 'orders-2'] as const;

/**
 * Kills processors under load with SIGKILL and tells how long their partitions stand still: from the kill to the first
 * event of the next owner, by its time in the log. The launcher starts the dead ones again meanwhile, as in life. First
 * one at a time, then all; at the end the auditor looks.
 */
export async function runFailover({ rounds, rate, report }: FailoverOptions): Promise<void> {
  const stack = createLocalStack({ MILLRACE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs) });
  const { kafka, registry: registryUrl } = await stack.up();
  const connection = { brokers: [kafka], clientId: 'bench-failover', logger: silent };
  const log = await createKafkajsLog(connection);
  const registry = await connectSchemaRegistry({ url: registryUrl, logger: silent });
  const topics = processorNames.map(journalOf);
  const reader = await createKafkajsLogReader({ ...connection, topics });

  /** Kills the named processes; ms to the next owner's first event, for each journal partition they had. */
  const killAndTime = async (names: readonly string[]): Promise<Readonly<Record<string, number>>> => {
    const owned = await partitionsOf(stack, names);
    const ends = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await log.offsetsOf(topic)] as const)),
    );
    const pids = await pidsOf(stack, names);
    const killedMs = Date.now();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const times = await Promise.all(
      owned.map(async ({ processor, partition }) => {
        const at = { topic: journalOf(processor), partition };
        const from = ends.get(at.topic)?.get(partition)?.end ?? 0n;
        const codec = registry.createCodec<EventEnvelope<Body>>(at.topic);
        const firstMs = await firstEventOfNextOwner(reader, codec, at, { from, withinMs });
        return [`${processor}/${partition}`, firstMs - killedMs] as const;
      }),
    );
    return Object.fromEntries(times);
  };

  const tell = (scenario: string, goalMs: number, times: Readonly<Record<string, number>>): void => {
    const worstMs = Math.max(...Object.values(times));
    report({ benchmark: 'failover', scenario, goalMs, worstMs, isMet: worstMs <= goalMs, partitions: times });
  };

  try {
    for (const role of ['stock', 'orders']) await stack.json('groups', 'scale', role, '2', '--json');
    const replay = stack.run('replay', file, '--rate', String(rate), '--json');
    await delay(2 * settleMs); // products and stock first
    for (let round = 0; round < rounds; round += 1) {
      const victim = victims[round % victims.length] ?? victims[0];
      tell(`kill -9 ${victim}`, goalOneMs, await killAndTime([victim]));
      await untilReady(stack);
    }
    const all = ['stock-1', 'stock-2', 'orders-1', 'orders-2', 'catalogue-1'];
    tell('kill -9 all processors', goalAllMs, await killAndTime(all));
    const { code } = await replay;
    const verified = await stack.run('verify', '--json');
    report({ benchmark: 'failover', scenario: 'after all', replayExit: code, verifyExit: verified.code });
  } finally {
    await Promise.allSettled([reader.close(), log.close()]);
    await stack.remove();
  }
}

async function partitionsOf(
  stack: LocalStack,
  names: readonly string[],
): Promise<readonly { readonly processor: ProcessorName; readonly partition: number }[]> {
  const { groups } = z
    .object({ groups: z.array(groupLagSchema) })
    .parse(await stack.json('groups', 'lag', '--json'));
  return processorNames.flatMap((processor) => {
    const group = groups.find((each) => each.group === processor);
    const owned = group?.partitions.filter(({ owner }) => owner !== null && names.includes(owner)) ?? [];
    return owned.map(({ partition }) => ({ processor, partition }));
  });
}

async function pidsOf(stack: LocalStack, names: readonly string[]): Promise<readonly number[]> {
  const { processes } = await stack.status();
  return processes.flatMap(({ name, pid }) => (names.includes(name) && pid !== null ? [pid] : []));
}

/** Every process is up again and has taken over what is its; then the load goes on a while. */
async function untilReady(stack: LocalStack): Promise<void> {
  await eventually(
    'every process ready',
    async () => (await stack.status()).processes.every(({ state }) => state === 'ready') || undefined,
  );
  await delay(settleMs);
}
