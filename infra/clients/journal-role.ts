import type { Body } from '../../schemas/envelope.ts';
import { consumerGroups } from '../../schemas/consumer-groups.ts';
import { checkBroker } from './check-topics.ts';
import { systemClock } from './clock.ts';
import { createJournalConsumer, type Journal, type JournalConsumer } from './journal-consumer.ts';
import { createKafkajsGroup, type GroupOptions, type KafkajsGroup } from './kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from './kafkajs/kafkajs-log.ts';
import type { Group, Log } from './log.ts';
import { systemRandom } from './random.ts';
import { endRole, type RoleContext } from './run-role.ts';
import { createTakeOverMetrics } from './take-over-metrics.ts';
import { connectSchemaRegistry, startPatienceMs, type SchemaRegistry } from './schema-registry.ts';
import { kafkaLink, registryLink } from './links.ts';

/** What every role that folds journals begins with: topics as this build needs them, the registry, the log. */
export interface JournalRole {
  readonly registry: SchemaRegistry;
  /** Closed by the role, after its consumer. */
  readonly log: Log;
  /** The member of the role's group that feeds these folds; the role starts and stops it. */
  readonly createConsumer: (options: RoleConsumerOptions) => JournalConsumer;
}

export interface RoleConsumerOptions {
  /** One for each topic of the group. */
  readonly journals: readonly Journal<Body>[];
  readonly pacing: GroupOptions['pacing'];
  /** Default: the role's. */
  readonly groupId?: string;
  /** Hands over the group before its first assignment, to a fold that commits by itself: then nobody else does. */
  readonly onGroup?: (group: Group) => void;
}

/** Of the grace the process has to stop: a Redis or ClickHouse that does not answer must not use it up. */
const drainShare = 0.5;

/** Rejects if topics or schemas are not as this build needs them, or if an engine does not answer. */
export async function openJournalRole(
  name: 'views' | 'sink' | 'payments',
  { config, logger, metrics, instanceId }: RoleContext,
): Promise<JournalRole> {
  const connection = kafkaLink(config, `${name}-${instanceId}`, logger);
  await checkBroker(connection, config.partitions);
  const registry = await connectSchemaRegistry({
    ...registryLink(config),
    logger,
    patienceMs: startPatienceMs,
  });
  const log = await createKafkajsLog(connection);
  const takeOvers = createTakeOverMetrics(metrics, name);
  return {
    registry,
    log,
    createConsumer({ journals, pacing, onGroup, groupId = consumerGroups[name] }) {
      let joined: KafkajsGroup | undefined;
      return createJournalConsumer({
        journals,
        createGroup(member) {
          const topics = journals.map(({ codec }) => codec.topic);
          const { sessionTimeoutMs } = config;
          const group = createKafkajsGroup(
            { ...connection, groupId, topics, instanceId, pacing, sessionTimeoutMs },
            member,
          );
          joined = group;
          onGroup?.(group);
          return group;
        },
        log,
        askForWriter: registry.learnWriter,
        clock: systemClock,
        random: systemRandom,
        logger,
        onFatal: endRole,
        commits: onGroup === undefined,
        drainMs: config.shutdownTimeoutMs * drainShare,
        onTookOver(at, took) {
          takeOvers.tookOver(took.durationMs);
          joined?.noteTakeOver(at, took);
          logger.info({ ...at, ...took }, 'partition taken over');
        },
      });
    },
  };
}
