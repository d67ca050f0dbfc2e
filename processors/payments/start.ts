import { systemClock } from '../../infra/clients/clock.ts';
import { consumerPacing } from '../../infra/clients/consumer-pacing.ts';
import type { FieldOpener } from '../../infra/clients/customer-keys/field-opener.ts';
import { openFields } from '../../infra/clients/customer-keys/follow-keys.ts';
import { openJournalRole } from '../../infra/clients/journal-role.ts';
import { createKafkajsLogReader } from '../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { Group, Log } from '../../infra/clients/log.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { endRole, type RoleContext, type RunningRole, type StartRole } from '../../infra/clients/run-role.ts';
import { kafkaLink } from '../../infra/clients/links.ts';
import type { SchemaRegistry } from '../../infra/clients/schema-registry.ts';
import { openPsp } from '../../infra/psp/open-psp.ts';
import type { Psp } from '../../infra/psp/psp.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { customersKeysTopic, inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import { createPaymentsWorker } from './worker.ts';
import { createWorkerFold } from './worker-fold.ts';
import { createWorkerReports } from './worker-reports.ts';

/** Calls of the provider at a time: at 20 ms each about 3,000 a second. */
const limits = { partitionMax: 32, totalMax: 64 };

/** What performs the payments, and what opens their methods; by default the keys of the customers in the log. */
export interface PaymentsParts {
  readonly psp: Psp;
  readonly fields?: FieldOpener;
}

/** Starts the payments worker against the provider of the configuration. */
export const startPayments: StartRole = async (context) =>
  startPaymentsWith(context, { psp: await openPsp(context.config, limits.totalMax) });

/** The same with parts of the caller's. Rejects if topics or schemas are not as it needs them, or an engine is away. */
export async function startPaymentsWith(
  context: RoleContext,
  { psp, fields: given }: PaymentsParts,
): Promise<RunningRole> {
  const { config, logger } = context;
  const { registry, log, createConsumer } = await openJournalRole('payments', context);
  const inbox = registry.createCodec<Command>(inboxOf('orders'));
  await log.partitionsOf(inboxOf('orders')); // the first append finds its leaders
  const fields = given
    ? { ...given, close: async () => undefined }
    : await openByKeys(context, log, registry);
  let group: Group | undefined;
  const worker = createPaymentsWorker({
    psp,
    limits,
    logger,
    clock: systemClock,
    random: () => systemRandom.number(),
    openMethod: ({ store, customerId }, sealed) =>
      fields.open({ store, customerId, field: 'paymentToken' }, sealed),
    report: createWorkerReports({
      log,
      partitions: config.partitions,
      encode: (command) => inbox.encode(command),
      clock: systemClock,
      logger,
      onFatal: endRole,
    }),
    commit: (partition, next) => group?.commit({ topic: journalOf('orders'), partition }, next),
  });
  const consumer = createConsumer({
    pacing: consumerPacing(config),
    journals: [
      {
        codec: registry.createCodec<Event>(journalOf('orders')),
        fold: createWorkerFold(worker, (at) => group?.committed(at) ?? Promise.resolve(null)),
      },
    ],
    onGroup: (opened) => {
      group = opened;
    },
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
      await Promise.all([fields.close(), log.close(), psp.close()]);
    },
  };
}

const openByKeys = (
  { config, logger, instanceId }: RoleContext,
  log: Log,
  registry: SchemaRegistry,
): ReturnType<typeof openFields> =>
  openFields({
    log,
    registry,
    secret: config.customerKeySecret,
    openReader: () =>
      createKafkajsLogReader({
        ...kafkaLink(config, `payments-keys-${instanceId}`, logger),
        topics: [customersKeysTopic],
      }),
    onHalted: endRole,
  });
