import { consumerGroups } from '../../schemas/consumer-groups.ts';
import type { Body, CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import {
  inboxOf,
  journalOf,
  processorNames,
  quarantineOf,
  snapshotsOf,
} from '../../schemas/topic-catalogue.ts';
import { checkBroker } from '../../infra/clients/check-topics.ts';
import { systemClock } from '../../infra/clients/clock.ts';
import { createKafkajsGroup, type KafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLogReader } from '../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { LogReader } from '../../infra/clients/log.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { endRole, type RoleContext, type RunningRole } from '../../infra/clients/run-role.ts';
import { createTakeOverMetrics } from '../../infra/clients/take-over-metrics.ts';
import { connectSchemaRegistry, startPatienceMs } from '../../infra/clients/schema-registry.ts';
import { AssignedTasks } from './assigned-tasks.ts';
import { KnownEnds } from './known-ends.ts';
import { registryWriters } from './registry-writers.ts';
import { openProcessLog, type ProcessLog } from './process-log.ts';
import type { Processor } from './processor.ts';
import { createProductionObserver } from './production-observer.ts';
import { createRuntimeMetrics } from './runtime-metrics.ts';
import type { TaskLimits } from './task-surroundings.ts';
import { createSnapshotSettings } from './snapshotter.ts';
import { consumerPacing } from '../../infra/clients/consumer-pacing.ts';
import { kafkaLink, registryLink } from '../../infra/clients/links.ts';

/** Of the grace the process has to stop. */
const drainShare = 0.5;

/**
 * Runs a processor in this process: a member of its group, with a task for each partition it is given. Resolves
 * once it has joined; ready when every assigned partition is taken over. Rejects if topics or schemas are not as
 * this build needs them, or if an engine does not answer.
 */
export async function startProcessor<S, C extends Body, E extends Body>(
  context: RoleContext,
  processor: Processor<S, C, E>,
): Promise<RunningRole> {
  const { config, instanceId } = context;
  const logger = context.logger.child({ processor: processor.name });
  const connection = kafkaLink(config, `${processor.name}-${instanceId}`, logger);
  await checkBroker(connection, config.partitions);
  const registry = await connectSchemaRegistry({
    ...registryLink(config),
    logger,
    patienceMs: startPatienceMs,
  });
  const ending = new AbortController();
  const processLog = await openProcessLog(config, connection);
  const reader = await createKafkajsLogReader({
    ...connection,
    topics: [journalOf(processor.name), snapshotsOf(processor.name)],
  });
  await loadLeaders(processLog);

  const inboxCodec = registry.createCodec<CommandEnvelope<C>>(inboxOf(processor.name));
  const journalCodec = registry.createCodec<EventEnvelope<Body>>(journalOf(processor.name));
  const inboxCodecOf = (name: (typeof processorNames)[number]) =>
    registry.createCodec<CommandEnvelope<Body>>(inboxOf(name));
  const { log, flusher } = processLog;
  let group: KafkajsGroup | undefined;
  const takeOvers = createTakeOverMetrics(context.metrics, processor.name);
  const tasks = new AssignedTasks<S, C, E>(
    {
      processor,
      partitions: config.partitions,
      inboxCodec,
      journalCodec,
      outboxes: {
        orders: inboxCodecOf('orders'),
        stock: inboxCodecOf('stock'),
        catalogue: inboxCodecOf('catalogue'),
      },
      log,
      reader,
      flusher,
      clock: systemClock,
      random: systemRandom,
      learnWriter: registryWriters(registry, [inboxCodec, journalCodec], ending.signal),
      poisonSchemas: new Map(),
      known: new KnownEnds(),
      observer: createProductionObserver({
        logger,
        metrics: createRuntimeMetrics(context.metrics, processor.name),
        onTookOver(partition, { durationMs, recordsRead }) {
          takeOvers.tookOver(durationMs);
          const at = { topic: inboxOf(processor.name), partition };
          group?.noteTakeOver(at, { durationMs, events: recordsRead });
        },
        onCrash: endRole,
      }),
      limits: taskLimits(config.sliceRecordsMax),
      snapshots: createSnapshotSettings(config.snapshotEvents),
    },
    (member) => {
      group = createKafkajsGroup(
        {
          ...connection,
          groupId: consumerGroups[processor.name],
          topics: [inboxOf(processor.name)],
          instanceId,
          pacing: consumerPacing(config),
          sessionTimeoutMs: config.sessionTimeoutMs,
        },
        member,
      );
      return group;
    },
  );
  await tasks.start();

  return {
    readiness() {
      const reason = tasks.notReady();
      return {
        ready: reason === null,
        checks: { [processor.name]: reason ?? `${tasks.states().size} partitions` },
      };
    },
    async stop() {
      await tasks.stop(config.shutdownTimeoutMs * drainShare);
      ending.abort();
      await closeAll(reader, processLog);
    },
  };
}

/** A slice, as much again for as long as a resume takes, and messages for a few slices on the way. */
function taskLimits(sliceRecordsMax: number): TaskLimits {
  const recordsMax = 2 * sliceRecordsMax;
  return { sliceRecordsMax, queue: { recordsMax, bytesMax: 4_194_304 }, backlogMax: 10_000 };
}

/** The lanes of the flusher need to know who leads what before the first append. */
async function loadLeaders({ log }: ProcessLog): Promise<void> {
  const topics = processorNames.flatMap((name) => [
    inboxOf(name),
    journalOf(name),
    quarantineOf(name),
    snapshotsOf(name),
  ]);
  await Promise.all(topics.map((topic) => log.partitionsOf(topic)));
}

async function closeAll(reader: LogReader, processLog: ProcessLog): Promise<void> {
  await Promise.allSettled([reader.close(), processLog.close()]);
}
