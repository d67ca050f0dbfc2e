import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import type { Clock, Timer } from '../../infra/clients/clock.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Op, Outcome, Psp } from '../../infra/psp/psp.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Command, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { Event, PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import { attemptOf, isFinal, retryDelayMs, toOp, toReport } from './worker-op.ts';
import { createWorkerPool } from './worker-pool.ts';

/** What the worker asks of its surroundings. */
export interface WorkerPorts {
  readonly psp: Psp;
  /** The payment method of an authorization in the clear. Throws if this process cannot open it. */
  openMethod(requested: PaymentOpRequested, sealed: string): string;
  /** Resolves when the command is acknowledged; it is sent again until then. */
  report(command: Command<ReportOutcome>): Promise<void>;
  /** `next` is the first journal offset a later owner of the partition must read: a hint, kept by the group. */
  commit(partition: number, next: bigint): void;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: ClientLogger;
  /** Calls of the provider at a time. */
  readonly limits: { readonly partitionMax: number; readonly totalMax: number };
}

/** A valid record of orders.events and the positions around it. */
export interface WorkerRecord {
  readonly before: JournalPosition;
  readonly position: JournalPosition;
  readonly event: Event;
}

/**
 * Performs what the orders journal intends and reports back (payments §1). It decides nothing and stores nothing:
 * an op without a determinate answer in the journal is run, same key, same bytes, until it has one. Two workers on
 * one op are harmless, so no call here fences.
 */
export interface PaymentsWorker {
  /** The partition is ours, to be read from its committed offset. What was known of it before is dropped. */
  begin(partition: number): void;
  /** Accepted records in order. Returns at once; the provider is never awaited here. */
  take(partition: number, records: readonly WorkerRecord[]): void;
  /** Resolves when the partition may take more: while the provider is away its operations pile up here. */
  room(partition: number): Promise<void>;
  /** The journal was read to its end: what is still unanswered is run from now on. */
  caughtUp(partition: number): void;
  /** The partition is not ours any more. A call under way ends and reports: its outcome is as good as anybody's. */
  end(partition: number): void;
  /** Operations without a determinate answer, over all partitions. */
  openOperations(): number;
  /** Starts nothing more and gives up waiting for the provider. Resolves when nothing runs. */
  stop(): Promise<void>;
}

interface OpenOp {
  readonly requested: PaymentOpRequested;
  readonly atMs: number;
  readonly before: JournalPosition;
  /** Of this process. */
  tries: number;
  /** Outcomes of the last kind in a row. */
  inRow: number;
  lastIs: Outcome['is'] | null;
  /** What the order knows already: an outcome that settles nothing is told once. */
  readonly told: Set<Outcome['is']>;
  timer: Timer | null;
}

interface Partition {
  readonly number: number;
  readonly open: Map<string, OpenOp>;
  last: JournalPosition | null;
  caughtUp: boolean;
  committed: bigint;
  /** Those who wait for room. */
  waiting: (() => void)[];
}

const silenceMs = 10_000;
/** Operations of a partition kept in memory, about 1 KB each; read on only below. */
export const openMax = 5_000;

export function createPaymentsWorker(ports: WorkerPorts): PaymentsWorker {
  const { psp, clock, logger } = ports;
  const partitions = new Map<number, Partition>();
  const pool = createWorkerPool(ports.limits);
  const stopping = new AbortController();

  const openOperations = (): number => {
    let sum = 0;
    for (const { open } of partitions.values()) sum += open.size;
    return sum;
  };

  const isOpen = (partition: Partition, op: OpenOp): boolean =>
    partitions.get(partition.number) === partition && partition.open.get(attemptOf(op.requested)) === op;

  /** Everything before the oldest unreported operation has been dealt with. */
  const commit = (partition: Partition): void => {
    const oldest = partition.open.values().next().value?.before ?? partition.last;
    if (!oldest || partitions.get(partition.number) !== partition) return;
    const next = oldest.offset + 1n;
    if (next <= partition.committed) return;
    partition.committed = next;
    ports.commit(partition.number, next);
  };

  const close = (partition: Partition, attempt: string): void => {
    const op = partition.open.get(attempt);
    op?.timer?.cancel();
    partition.open.delete(attempt);
    if (partition.open.size < openMax) letIn(partition);
  };

  const letIn = (partition: Partition): void => {
    for (const resolve of partition.waiting.splice(0)) resolve();
  };

  const schedule = (partition: Partition, op: OpenOp, delayMs: number): void => {
    op.timer = clock.setTimer(delayMs, () => {
      op.timer = null;
      submit(partition, op);
    });
  };

  const submit = (partition: Partition, op: OpenOp): void => {
    const attempt = attemptOf(op.requested);
    pool.submit(partition.number, attempt, async () => {
      if (stopping.signal.aborted || !isOpen(partition, op)) return;
      if (keyMayBeForgotten(op)) {
        logger.error(
          { opId: op.requested.opId },
          'operation older than its key: look it up, it is not sent again',
        );
        return;
      }
      const outcome = await runOnce(op);
      await afterRun(partition, op, outcome);
    });
  };

  /** No resend near the end of the key's life: then the provider would run it afresh (payments §4). */
  const keyMayBeForgotten = ({ atMs }: OpenOp): boolean =>
    clock.nowMs() - atMs > psp.can.keyTtlMs * (23 / 24);

  const runOnce = async ({ requested, atMs }: OpenOp): Promise<Outcome> => {
    let op: Op;
    try {
      const method = requested.methodRef === null ? null : ports.openMethod(requested, requested.methodRef);
      op = toOp(requested, atMs, method);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      logger.error(
        { opId: requested.opId, error: message },
        'the payment method cannot be opened, nothing was sent',
      );
      return { is: 'not-executed', code: 'method-unreadable', again: true, afterMs: 60_000 };
    }
    crashPoint('payments.before-call');
    const outcome = await psp.run(op, stopping.signal);
    crashPoint('payments.after-call');
    return outcome;
  };

  const afterRun = async (partition: Partition, op: OpenOp, outcome: Outcome): Promise<void> => {
    if (stopping.signal.aborted && !isFinal(outcome)) return; // we gave up waiting: that tells nothing of the provider
    op.tries += 1;
    op.inRow = op.lastIs === outcome.is ? op.inRow + 1 : 1;
    op.lastIs = outcome.is;
    if (isFinal(outcome)) {
      if (outcome.is === 'not-executed') {
        logger.error(
          { opId: op.requested.opId, outcome },
          'the provider calls our request invalid: a person is needed',
        );
      }
      await ports.report(toReport(op.requested, outcome, op.tries));
      crashPoint('payments.after-report');
      close(partition, attemptOf(op.requested));
      commit(partition);
      return;
    }
    // a resend of what provably did not happen is our own affair; what may have happened is shown, once
    if (outcome.is !== 'not-executed' && !op.told.has(outcome.is)) {
      op.told.add(outcome.is);
      await ports.report(toReport(op.requested, outcome, op.tries));
    }
    if (!isOpen(partition, op)) return;
    const delayMs = retryDelayMs(outcome, op.inRow, ports.random());
    tell(op, outcome);
    schedule(partition, op, delayMs);
  };

  let silentUntilMs = 0;
  /** Money in doubt is always told; a provider out of reach stands behind every op alike, so one line in a while will do. */
  const tell = ({ requested: { opId }, tries }: OpenOp, outcome: Outcome): void => {
    if (outcome.is === 'not-executed' && clock.nowMs() < silentUntilMs) return;
    if (outcome.is === 'not-executed') silentUntilMs = clock.nowMs() + silenceMs;
    logger.warn(
      { opId, tries, outcome, open: openOperations() },
      'no answer of the provider yet, sent again later',
    );
  };

  const takeOne = (partition: Partition, { before, position, event }: WorkerRecord): void => {
    partition.last = position;
    const { body } = event;
    switch (body.type) {
      case 'PaymentOpRequested':
        partition.open.set(attemptOf(body), {
          requested: body,
          atMs: event.atMs,
          before,
          tries: 0,
          inRow: 0,
          lastIs: null,
          told: new Set(),
          timer: null,
        });
        break;
      case 'PaymentAuthorized':
      case 'PaymentDeclined':
      case 'PaymentCaptured':
      case 'PaymentVoided':
      case 'PaymentLapsed':
      case 'PaymentCaptureFailed':
      case 'RefundRecorded':
        close(partition, attemptOf(body));
        break;
      case 'PaymentUnknown':
        partition.open.get(attemptOf(body))?.told.add('unknown');
        break;
      // no business of the worker; a new event is a compile error here, for it may be an answer
      case 'PaymentPending':
      case 'PaymentActionRequired':
      case 'LookUpRequested':
      case 'CancelNoted':
      case 'LinesCancelled':
      case 'ShipmentRecorded':
      case 'DeliveryRecorded':
      case 'ReturnRequested':
      case 'ReturnReceived':
      case 'ReturnLapsed':
      case 'RefundRequested':
      case 'RefundDue':
      case 'DisputeRecorded':
      case 'HintKept':
      case 'DiscrepancyRecorded':
      case 'PersonNeeded':
      case 'PaymentResolved':
      case 'OrderPlaced':
      case 'HoldRecorded':
      case 'CommitStarted':
      case 'CommitRecorded':
      case 'OrderConfirmed':
      case 'UnwindStarted':
      case 'OrderClosed':
      case 'OrderArchived':
      case 'Barrier':
      case 'TimePassed':
      case 'CommandIgnored':
      case 'CommandRefused':
      case 'CommandQuarantined':
      case 'CommandParked':
      case 'CommandRedriven':
      case 'RedriveAnswered':
      case 'AnomalyRecorded':
        break;
      default:
        assertNever(body);
    }
  };

  const end = (number: number): void => {
    const partition = partitions.get(number);
    partitions.delete(number);
    for (const op of partition?.open.values() ?? []) op.timer?.cancel();
    if (partition) letIn(partition);
    pool.forget(number);
  };

  return {
    begin(number) {
      end(number);
      partitions.set(number, {
        number,
        open: new Map(),
        last: null,
        caughtUp: false,
        committed: -1n,
        waiting: [],
      });
    },
    take(number, records) {
      const partition = partitions.get(number);
      if (!partition) return;
      for (const record of records) takeOne(partition, record);
      commit(partition);
      if (!partition.caughtUp) return;
      for (const { event } of records) {
        const op =
          event.body.type === 'PaymentOpRequested' ? partition.open.get(attemptOf(event.body)) : undefined;
        if (op) submit(partition, op);
      }
    },
    async room(number) {
      const partition = partitions.get(number);
      // before it has caught up it must read on, to learn which operations are answered
      if (!partition?.caughtUp || partition.open.size < openMax) return;
      await new Promise<void>((resolve) => partition.waiting.push(resolve));
    },
    caughtUp(number) {
      const partition = partitions.get(number);
      if (!partition || partition.caughtUp) return;
      partition.caughtUp = true;
      for (const op of partition.open.values()) submit(partition, op);
    },
    end,
    openOperations,
    async stop() {
      stopping.abort();
      for (const number of partitions.keys()) end(number);
      await pool.idle();
    },
  };
}
