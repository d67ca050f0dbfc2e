import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { pino } from 'pino';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { connectClickhouse } from '../../clients/clickhouse.ts';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import { groupNames, type LagReader, openLagReader } from '../../clients/lag/lag-reader.ts';
import type { GroupLag, PartitionLag } from '../../clients/lag/partition-lag.ts';
import { connectRedis, redisReady } from '../../clients/redis.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import type { Config } from '../../config/config.ts';
import { sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';
import { kafkaLink, registryLink, redisLink, clickhouseLink } from '../../clients/links.ts';

interface LagOptions extends CommonOptions {
  readonly watch?: boolean;
  readonly group?: string;
}

const watchEveryMs = 2_000;
const redisWithinMs = 2_000;
/** Clears the screen below the cursor's home. */
const redraw = '\u001b[H\u001b[J';

/** Opens everything the lag is read from. Rejects, naming what does not answer; Redis and ClickHouse may be away. */
async function openLag(config: Config): Promise<LagReader> {
  const logger = pino({ level: 'silent' });
  const connection = kafkaLink(config, 'millrace-lag', logger);
  const log = await createKafkajsLog(connection);
  const redis = connectRedis({ ...redisLink(config), logger });
  const clickhouse = connectClickhouse(clickhouseLink(config));
  const closeClients = async (): Promise<void> => {
    redis.disconnect();
    await Promise.allSettled([log.close(), clickhouse.close()]);
  };
  try {
    const partitions = await log.partitionsOf(journalOf('orders'));
    if (partitions === 0)
      throw new Error(`there is no topic ${journalOf('orders')}: run the deploy step first`);
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    await redisReady(redis, redisWithinMs).catch(() => undefined); // its lag is unknown then
    const nowMs = (): number => Date.now();
    const reader = await openLagReader({ connection, log, registry, redis, clickhouse, partitions, nowMs });
    return {
      read: () => reader.read(),
      async close() {
        await reader.close();
        await closeClients();
      },
    };
  } catch (error) {
    await closeClients();
    throw error;
  }
}

async function showLag(options: LagOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const reader = await openLag(config).catch((error: unknown) => {
    throw sourceUnavailable(error);
  });
  try {
    for (;;) {
      const all = await reader.read().catch((error: unknown) => {
        throw sourceUnavailable(error);
      });
      const groups = all.filter(({ group }) => options.group === undefined || group === options.group);
      show(groups, options, out);
      if (!options.watch) return;
      await delay(watchEveryMs);
    }
  } finally {
    await reader.close();
  }
}

function show(groups: readonly GroupLag[], { watch, json }: LagOptions, out: Output): void {
  const at = new Date();
  const isScreen = watch === true && !json && process.stdout.isTTY;
  const text = lagText(groups, at.getTime());
  out.data({ at: at.toISOString(), groups }, `${isScreen ? redraw : ''}${text}${watch ? '\n' : ''}`);
}

/** Groups by partitions as a table; a dash is unknown, or nobody. */
export function lagText(groups: readonly GroupLag[], nowMs: number): string {
  const head = ['group', 'topic', 'p', 'owner', 'lag', 'oldest', 'position', 'last take-over'];
  const rows = groups.flatMap(({ group, partitions }) =>
    partitions.map((lag) => [
      group,
      lag.topic,
      String(lag.partition),
      lag.owner ?? '-',
      lag.lagRecords === null ? '-' : String(lag.lagRecords),
      lag.lagSeconds === null ? '-' : `${lag.lagSeconds.toFixed(1)} s`,
      lag.position ?? '-',
      takeOverText(lag, nowMs),
    ]),
  );
  return table([head, ...rows]);
}

function takeOverText({ owner, lastTakeOver }: PartitionLag, nowMs: number): string {
  if (lastTakeOver === null) return '-';
  const { owner: by, at, durationMs, events } = lastTakeOver;
  const who = by === owner ? '' : ` by ${by}`;
  return `${agoText(nowMs - Date.parse(at))} ago${who}, ${durationMs} ms, ${events} events`;
}

function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** `millrace groups lag [-w] [--json]`: from the data alone, so a dead process's lag is seen to grow. */
export function register(groups: Command): void {
  withCommonOptions(groups.command('lag'))
    .description('how far each partition of each group is behind, in records and seconds, and who has it')
    .option('-w, --watch', 'again every 2 s, until Ctrl-C; with --json one line each time')
    .addOption(new Option('--group <group>', 'of one group').choices(groupNames))
    .action(showLag);
}
