import type { Append, AppendOutcome, Log, OutgoingRecord } from '../../infra/clients/log.ts';
import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import type { Clock } from '../../infra/clients/clock.ts';
import type { WorkerReport } from './worker.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';

export interface WorkerReportsOptions {
  readonly log: Pick<Log, 'append'>;
  /** Of the orders inbox. */
  readonly partitions: number;
  encode(command: WorkerReport): Buffer;
  readonly clock: Clock;
  readonly logger: ClientLogger;
  /** The log refuses a report for good (not authorized, no such topic): the process cannot do its work. */
  onFatal(error: Error): void;
}

interface Waiting {
  readonly record: OutgoingRecord;
  readonly partition: number;
  readonly acknowledged: () => void;
}

const recordsPerAppendMax = 1_000;
const topic = inboxOf('orders');

/**
 * Appends reports to the orders inbox: acks=all, the same bytes again until acknowledged. A second copy is harmless,
 * since an attempt is closed once. While one append is on its way the next ones gather.
 */
export function createWorkerReports(options: WorkerReportsOptions): (command: WorkerReport) => Promise<void> {
  const { log, clock, logger } = options;
  let waiting: Waiting[] = [];
  let sending = false;

  const send = async (): Promise<void> => {
    sending = true;
    for (let failures = 0; waiting.length > 0; ) {
      const batch = takeBatch();
      const outcomes = await log.append(batch.map(({ append }) => append));
      const again = batch.filter(({ members }, i) => {
        if (!isAcknowledged(outcomes[i])) return true;
        for (const { acknowledged } of members) acknowledged();
        return false;
      });
      waiting = [...again.flatMap(({ members }) => members), ...waiting];
      failures = again.length > 0 ? failures + 1 : 0;
      if (failures > 0) await pause(Math.min(50 * 2 ** failures, 2_000));
    }
    sending = false;
  };

  /** At most one append a partition, the oldest reports first. */
  const takeBatch = (): readonly { readonly append: Append; readonly members: readonly Waiting[] }[] => {
    const byPartition = new Map<number, Waiting[]>();
    const rest: Waiting[] = [];
    for (const each of waiting) {
      const members = byPartition.get(each.partition) ?? [];
      byPartition.set(each.partition, members);
      if (members.length < recordsPerAppendMax) members.push(each);
      else rest.push(each);
    }
    waiting = rest;
    return [...byPartition].map(([partition, members]) => ({
      append: { topic, partition, records: members.map(({ record }) => record) },
      members,
    }));
  };

  const isAcknowledged = (outcome: AppendOutcome | undefined): boolean => {
    if (outcome?.is === 'appended') return true;
    if (outcome?.is === 'refused') options.onFatal(outcome.error);
    logger.warn({ error: outcome?.error.message }, 'a report is not acknowledged yet, sent again');
    return false;
  };

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimer(delayMs, resolve));

  return (command) =>
    new Promise((resolve) => {
      const { orderId } = command.body;
      waiting.push({
        record: { key: orderId, value: options.encode(command) },
        partition: partitionOf(orderId, options.partitions),
        acknowledged: resolve,
      });
      if (!sending) void send();
    });
}
