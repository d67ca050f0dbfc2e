import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import { createJournalConsumer } from '../../infra/clients/journal-consumer.ts';
import type { Group } from '../../infra/clients/log.ts';
import type { Body, CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import type { Command as OrderCommand } from '../../schemas/generated/orders-commands.ts';
import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import { journalOf, processorNames } from '../../schemas/topic-catalogue.ts';
import { createCatalogueDomain } from '../catalogue/catalogue-domain.ts';
import { createOrdersDomain } from '../orders/orders-domain.ts';
import { createWorkerFold } from '../payments/worker-fold.ts';
import { createWorkerReports } from '../payments/worker-reports.ts';
import { createPaymentsWorker } from '../payments/worker.ts';
import { AssignedTasks } from '../runtime/assigned-tasks.ts';
import { createFlusher } from '../runtime/flusher.ts';
import { KnownEnds } from '../runtime/known-ends.ts';
import type { Outboxes } from '../runtime/messages.ts';
import type { Processor } from '../runtime/processor.ts';
import { createStockDomain } from '../stock/stock-domain.ts';
import type { RoleName } from './shape.ts';
import { createLogClient } from './sim-log-client.ts';
import { SimProcess } from './sim-process.ts';
import { observe } from './observe.ts';
import type { SimWorld } from './sim-world.ts';

/** Starts a process with these roles in it; they share its way to the log, as on a small box. */
export function startHost(world: SimWorld, name: string, roles: readonly RoleName[]): SimProcess {
  const process = new SimProcess(name, world.scheduler);
  const client = createLogClient({
    scheduler: world.scheduler,
    log: world.log,
    process,
    faults: world.faults.log,
    requestTimeoutMs: world.shape.requestTimeoutMs,
  });
  const flusher = createFlusher(client.log);
  const host: Host = { world, process, client, flusher };
  for (const role of roles) starters[role](host);
  return process;
}

interface Host {
  readonly world: SimWorld;
  readonly process: SimProcess;
  readonly client: ReturnType<typeof createLogClient>;
  readonly flusher: ReturnType<typeof createFlusher>;
}

const stockDomain = createStockDomain();
const catalogueDomain = createCatalogueDomain();

const starters: Readonly<Record<RoleName, (host: Host) => void>> = {
  orders: (host) => startProcessor(host, createOrdersDomain({ holdTtlMs: host.world.shape.holdTtlMs })),
  stock: (host) => startProcessor(host, stockDomain),
  catalogue: (host) => startProcessor(host, catalogueDomain),
  payments: startPayments,
};

/** As `processors/runtime/start-processor.ts` wires it to Kafka. */
function startProcessor<S, C extends Body, E extends Body>(
  { world, process, client, flusher }: Host,
  processor: Processor<S, C, E>,
): void {
  const { codecs, shape } = world;
  const outboxes = Object.fromEntries(
    processorNames.map((to) => [to, codecs.inbox<CommandEnvelope<Body>>(to)]),
  ) as unknown as Outboxes;
  const tasks = new AssignedTasks<S, C, E>(
    {
      processor,
      partitions: shape.partitions,
      inboxCodec: codecs.inbox<CommandEnvelope<C>>(processor.name),
      journalCodec: codecs.journal<EventEnvelope<Body>>(processor.name),
      outboxes,
      log: client.log,
      reader: client.reader,
      flusher,
      clock: process.clock,
      random: process.random,
      learnWriter: world.learnWriter,
      poisonSchemas: new Map(),
      known: new KnownEnds(),
      observer: observe(world, processor.name, process),
      limits: {
        sliceRecordsMax: shape.sliceRecordsMax,
        queue: { recordsMax: shape.queueRecordsMax, bytesMax: 4_194_304 },
        backlogMax: 10_000,
      },
    },
    (member) => world.groups[processor.name].member(process, member),
  );
  void tasks.start();
}

const callsMax = { partitionMax: 32, totalMax: 64 };

/** As `processors/payments/start.ts` wires it. */
function startPayments({ world, process, client }: Host): void {
  const { codecs, shape } = world;
  const logger = loggerOf();
  const onFatal = (error: Error): void => world.fail('crash', `${process.name}: ${error.message}`);
  const inbox = codecs.inbox<OrderCommand>('orders');
  let group: Group | undefined;
  const worker = createPaymentsWorker({
    psp: world.createPsp(process),
    limits: callsMax,
    logger,
    clock: process.clock,
    random: () => process.random.number(),
    openMethod: (_, sealed) => sealed,
    report: createWorkerReports({
      log: client.log,
      partitions: shape.partitions,
      encode: (command) => inbox.encode(command),
      clock: process.clock,
      logger,
      onFatal,
    }),
    commit: (partition, next) => group?.commit({ topic: journalOf('orders'), partition }, next),
  });
  const consumer = createJournalConsumer({
    journals: [
      {
        codec: codecs.journal<OrderEvent>('orders'),
        fold: createWorkerFold(worker, (at) => group?.committed(at) ?? Promise.resolve(null)),
      },
    ],
    createGroup: (member) => {
      group = world.groups.payments.member(process, member);
      return group;
    },
    log: client.log,
    askForWriter: async () => 'unknown-schema',
    logger,
    onFatal,
    commits: false,
    clock: process.clock,
    random: process.random,
  });
  void consumer.start();
}

/** A simulated process logs nothing; what it pages for is told by its observer, what halts by the auditor. */
const loggerOf = (): ClientLogger => ({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
});
