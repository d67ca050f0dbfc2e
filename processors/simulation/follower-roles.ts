import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import { createJournalConsumer, type Journal } from '../../infra/clients/journal-consumer.ts';
import type { Group } from '../../infra/clients/log.ts';
import type { Body } from '../../schemas/envelope.ts';
import type { Command as OrderCommand } from '../../schemas/generated/orders-commands.ts';
import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createLedgerFold, createStockLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createWorkerFold } from '../payments/worker-fold.ts';
import { createWorkerReports } from '../payments/worker-reports.ts';
import { createPaymentsWorker } from '../payments/worker.ts';
import { orderDocuments } from '../views/order-documents.ts';
import { createRedisView } from '../views/redis-view.ts';
import { stockDocuments } from '../views/stock-documents.ts';
import type { StockEvent } from '../views/stock-view.ts';
import { createViewFold } from '../views/view-fold.ts';
import type { RoleName } from './shape.ts';
import type { Host } from './sim-host.ts';

const callsMax = { partitionMax: 32, totalMax: 64 };

/** As `processors/payments/start.ts` wires it. */
export function startPayments(host: Host): void {
  const { world, process, client } = host;
  const inbox = world.codecs.inbox<OrderCommand>('orders');
  let group: Group | undefined;
  const worker = createPaymentsWorker({
    psp: world.parts.connectPsp(process),
    limits: callsMax,
    logger,
    clock: process.clock,
    random: () => process.random.number(),
    openMethod: (_, sealed) => sealed,
    report: createWorkerReports({
      log: client.log,
      partitions: world.shape.partitions,
      encode: (command) => inbox.encode(command),
      clock: process.clock,
      logger,
      onFatal: crashOf(host),
    }),
    commit: (partition, next) => group?.commit({ topic: journalOf('orders'), partition }, next),
  });
  const fold = createWorkerFold(worker, (at) => group?.committed(at) ?? Promise.resolve(null));
  follow(host, 'payments', [{ codec: world.codecs.journal<OrderEvent>('orders'), fold }], (opened) => {
    group = opened;
  });
}

/** As `processors/views/start.ts` wires them. */
export function startViews(host: Host): void {
  const { world, process } = host;
  const { clock, random } = process;
  const surroundings = { store: world.parts.connectStore(process), clock, random };
  follow(host, 'views', [
    {
      codec: world.codecs.journal<OrderEvent>('orders'),
      fold: createViewFold(createRedisView(surroundings, orderDocuments)),
    },
    {
      codec: world.codecs.journal<StockEvent>('stock'),
      fold: createViewFold(createRedisView(surroundings, stockDocuments)),
    },
  ]);
}

/** As `sinks/clickhouse/start.ts` wires it. */
export function startSink(host: Host): void {
  const { world, process } = host;
  const { clock } = process;
  const options = {
    ledger: world.parts.connectLedger(process),
    rule: world.parts.drawRule(),
    isCatchingUp: true,
    clock,
  };
  follow(host, 'sink', [
    { codec: world.codecs.journal<OrderEvent>('orders'), fold: createLedgerFold(options) },
    { codec: world.codecs.journal<StockEvent>('stock'), fold: createStockLedgerFold(options) },
  ]);
}

/** A member of the role's group; it commits by itself who takes the group. */
function follow(
  host: Host,
  role: RoleName,
  journals: readonly Journal<Body>[],
  onGroup?: (group: Group) => void,
): void {
  const { world, process, client } = host;
  const consumer = createJournalConsumer({
    journals,
    createGroup(member) {
      const group = world.groups[role].member(process, member);
      onGroup?.(group);
      return group;
    },
    log: client.log,
    askForWriter: async () => 'unknown-schema',
    clock: process.clock,
    random: process.random,
    logger: {
      ...logger,
      error: (fields, message) => world.page(`${process.name} ${role}: ${message} ${JSON.stringify(fields)}`),
    },
    onFatal: crashOf(host),
    commits: onGroup === undefined,
  });
  void consumer.start();
}

const crashOf =
  ({ world, process }: Host) =>
  (error: Error): void =>
    world.fail('crash', `${process.name}: ${error.message}`);

/** A simulated process logs nothing: what it does is seen in the log, what it would page for is a breach. */
const logger: ClientLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
