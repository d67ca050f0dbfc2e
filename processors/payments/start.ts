import { checkBroker } from '../../infra/clients/check-topics.ts';
import { systemClock } from '../../infra/clients/clock.ts';
import { createJournalConsumer } from '../../infra/clients/journal-consumer.ts';
import type { KafkaConnection } from '../../infra/clients/kafkajs/hardened-kafkajs.ts';
import { createKafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import type { Group } from '../../infra/clients/log.ts';
import type { RoleContext, RunningRole, StartRole } from '../../infra/clients/run-role.ts';
import { connectSchemaRegistry } from '../../infra/clients/schema-registry.ts';
import { createSealedFields, type SealedFields } from '../../infra/clients/sealed-fields.ts';
import type { Psp } from '../../infra/psp/psp.ts';
import { createSimulatorAdapter } from '../../infra/psp/simulator-adapter.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import { createPaymentsWorker } from './worker.ts';
import { createWorkerFold } from './worker-fold.ts';
import { createWorkerReports } from './worker-reports.ts';

/** 20 ms of latency for half the CPU (performance.md §2, Pacing). */
const pacing = { minBytes: 65_536, maxWaitMs: 20 };
/** Calls of the provider at a time: at 20 ms each about 3,000 a second. */
const limits = { partitionMax: 32, totalMax: 64 };

/** The members of this group share out the payments. */
const paymentsGroup = 'millrace.payments';

/** What performs the payments, and what opens their methods. */
export interface PaymentsParts {
  readonly psp: Psp;
  readonly fields: Pick<SealedFields, 'open'>;
}

/** Starts the payments worker against the provider of the configuration. */
export const startPayments: StartRole = (context) => {
  const { pspUrl, pspSecret, pspTimeoutMs, customerKeySecret } = context.config;
  return startPaymentsWith(context, {
    psp: createSimulatorAdapter({
      url: pspUrl,
      secret: pspSecret,
      timeoutMs: pspTimeoutMs,
      connectionsMax: limits.totalMax,
    }),
    fields: createSealedFields(customerKeySecret),
  });
};

/** The same with parts of the caller's. Rejects if topics or schemas are not as it needs them, or an engine is away. */
export async function startPaymentsWith(
  { config, logger, instanceId }: RoleContext,
  { psp, fields }: PaymentsParts,
): Promise<RunningRole> {
  const connection: KafkaConnection = {
    brokers: config.kafkaBrokers,
    clientId: `payments-${instanceId}`,
    logger,
  };
  await checkBroker(connection, config.partitions);
  const registry = await connectSchemaRegistry({ url: config.registryUrl, logger });
  const inbox = registry.createCodec<Command>(inboxOf('orders'));
  const log = await createKafkajsLog(connection);
  await log.partitionsOf(inboxOf('orders')); // the first append finds its leaders
  let group: Group | undefined;
  const worker = createPaymentsWorker({
    psp,
    limits,
    logger,
    clock: systemClock,
    random: Math.random,
    openMethod: ({ store, customerId }, sealed) =>
      fields.open({ store, customerId, field: 'paymentToken' }, sealed),
    report: createWorkerReports({
      log,
      partitions: config.partitions,
      encode: (command) => inbox.encode(command),
      clock: systemClock,
      logger,
      onFatal: endProcess,
    }),
    commit: (partition, next) => group?.commit({ topic: journalOf('orders'), partition }, next),
  });
  const consumer = createJournalConsumer({
    journals: [
      {
        codec: registry.createCodec<Event>(journalOf('orders')),
        fold: createWorkerFold(worker, (at) => group?.committed(at) ?? Promise.resolve(null)),
      },
    ],
    createGroup(member) {
      group = createKafkajsGroup(
        {
          ...connection,
          groupId: paymentsGroup,
          topics: [journalOf('orders')],
          instanceId,
          pacing,
          sessionTimeoutMs: config.sessionTimeoutMs,
        },
        member,
      );
      return group;
    },
    log,
    askForWriter: registry.learnWriter,
    logger,
    onFatal: endProcess,
    commits: false,
  });
  await consumer.start();
  return {
    readiness() {
      const { ready, checks } = consumer.readiness();
      return { ready, checks: { ...checks, openOperations: String(worker.openOperations()) } };
    },
    async stop() {
      await worker.stop();
      await consumer.stop();
      await Promise.all([log.close(), psp.close()]);
    },
  };
}

/** Nobody catches this, so the role's process ends and is started again: correctness never needs a clean stop. */
function endProcess(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}
