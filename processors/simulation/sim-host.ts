import type { Body, CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import { processorNames } from '../../schemas/topic-catalogue.ts';
import { createCatalogueDomain } from '../catalogue/catalogue-domain.ts';
import { createOrdersDomain } from '../orders/orders-domain.ts';
import { paymentDefaults } from '../payments/payment-schedule.ts';
import { AssignedTasks } from '../runtime/assigned-tasks.ts';
import { createFlusher } from '../runtime/flusher.ts';
import { KnownEnds } from '../runtime/known-ends.ts';
import type { Outboxes } from '../runtime/messages.ts';
import type { Processor } from '../runtime/processor.ts';
import { createStockDomain } from '../stock/stock-domain.ts';
import { startPayments, startSink, startViews } from './follower-roles.ts';
import type { RoleName } from './shape.ts';
import { createLogClient } from './sim-log-client.ts';
import { SimProcess } from './sim-process.ts';
import { observe } from './observe.ts';
import type { SimWorld } from './sim-world.ts';
import { createSnapshotSettings } from '../runtime/snapshotter.ts';

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

/** A process that is being started, and what its roles share. */
export interface Host {
  readonly world: SimWorld;
  readonly process: SimProcess;
  readonly client: ReturnType<typeof createLogClient>;
  readonly flusher: ReturnType<typeof createFlusher>;
}

/** A listing is quiet soon here: its two minutes would be ticks and nothing else. */
const payments = { ...paymentDefaults, quietMs: 5_000 };

const stockDomain = createStockDomain();
const catalogueDomain = createCatalogueDomain();

const starters: Readonly<Record<RoleName, (host: Host) => void>> = {
  orders: (host) =>
    startProcessor(host, createOrdersDomain({ holdTtlMs: host.world.shape.holdTtlMs, payments })),
  stock: (host) => startProcessor(host, stockDomain),
  catalogue: (host) => startProcessor(host, catalogueDomain),
  payments: startPayments,
  views: startViews,
  sink: startSink,
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
      // so few, that a run of a hundred orders packs and unpacks them
      processor: { ...processor, looseMax: shape.sliceRecordsMax },
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
      snapshots: createSnapshotSettings(shape.snapshotEvents),
    },
    (member) => world.groups[processor.name].member(process, member),
  );
  void tasks.start();
}
