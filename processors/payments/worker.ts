import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import type { Clock } from '../../infra/clients/clock.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Outcome, Psp } from '../../infra/psp/psp.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Command, ReportFacts, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { Event, LookUpRequested, PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import {
  type AnyErrand,
  createLookUpErrand,
  createOpErrand,
  type LookUpErrand,
  type OpErrand,
  WorkerErrands,
} from './worker-errands.ts';
import { toFactsReport } from './worker-facts.ts';
import { isUnderWay, takeEvent } from './worker-intake.ts';
import { attemptOf, isReport, lookUpDelayMs, retryDelayMs, toReport } from './worker-op.ts';
import { createOpSender, methodErased } from './worker-send.ts';
import { createWorkerPool } from './worker-pool.ts';

/** What the worker tells the order. */
export type WorkerReport = Command<ReportOutcome | ReportFacts>;

/** What the worker asks of its surroundings. */
export interface WorkerPorts {
  readonly psp: Psp;
  /**
   * The payment method of an authorization in the clear. Rejects with KeyErased if nobody can open it any more, and with
   * another error if this process cannot now.
   */
  openMethod(requested: PaymentOpRequested, sealed: string): string | Promise<string>;
  /** Resolves when the command is acknowledged; it is sent again until then. */
  report(command: WorkerReport): Promise<void>;
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
 * Performs what the orders journal intends and reports back (payments §1): operations, and look-ups. It decides
 * nothing and stores nothing: what nobody has reported is run, same key, same bytes; what may have happened is
 * reported, and the order's janitor asks for what comes next. Two workers on one op are harmless, so no call fences.
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
  /** Operations and look-ups that nobody has reported yet, over all partitions. */
  openOperations(): number;
  /** Starts nothing more and gives up waiting for the provider. Resolves when nothing runs. */
  stop(): Promise<void>;
}

interface Partition {
  readonly number: number;
  readonly errands: WorkerErrands;
  /** Added by the records under way, not started yet. */
  readonly fresh: AnyErrand[];
  last: JournalPosition | null;
  caughtUp: boolean;
  committed: bigint;
  /** Those who wait for room. */
  waiting: (() => void)[];
}

const silenceMs = 10_000;
/** Operations of a partition kept in memory, about 1 KB each; read on only below. */
export const openMax = 5_000;
/** An op that cannot be sent is told to the order after this long, and again: else it counts as silent (payments §4). */
const firstToldMs = 30_000;
const toldAgainMs = 2 * 60_000;
/** No send near the end of a key's life of a day: then the provider would run it afresh (payments §4). */
const keyAgeMaxMs = 23 * 3_600_000;

export function createPaymentsWorker(ports: WorkerPorts): PaymentsWorker {
  const { psp, clock, logger } = ports;
  const partitions = new Map<number, Partition>();
  const pool = createWorkerPool(ports.limits);
  const stopping = new AbortController();
  const sendOnce = createOpSender(ports, stopping.signal);

  const openOperations = (): number => {
    let sum = 0;
    for (const { errands } of partitions.values()) sum += errands.size;
    return sum;
  };

  const isOpen = (partition: Partition, errand: AnyErrand): boolean =>
    partitions.get(partition.number) === partition && partition.errands.has(errand);

  /** Everything before the oldest unreported errand has been dealt with. */
  const commit = (partition: Partition): void => {
    const oldest = partition.errands.oldest()?.before ?? partition.last;
    if (!oldest || partitions.get(partition.number) !== partition) return;
    const next = oldest.offset + 1n;
    if (next <= partition.committed) return;
    partition.committed = next;
    ports.commit(partition.number, next);
  };

  const letIn = (partition: Partition): void => {
    if (partition.errands.size >= openMax) return;
    for (const resolve of partition.waiting.splice(0)) resolve();
  };

  const finish = (partition: Partition, errand: AnyErrand): void => {
    if (partition.errands.has(errand)) partition.errands.remove(errand.name);
    letIn(partition);
    commit(partition);
  };

  const schedule = (partition: Partition, errand: AnyErrand, delayMs: number): void => {
    errand.timer = clock.setTimer(delayMs, () => {
      errand.timer = null;
      submit(partition, errand);
    });
  };

  const submit = (partition: Partition, errand: AnyErrand): void => {
    pool.submit(partition.number, errand.name, async () => {
      if (stopping.signal.aborted || !isOpen(partition, errand)) return;
      await (errand.is === 'op' ? runOp(partition, errand) : lookUp(partition, errand));
    });
  };

  const runOp = async (partition: Partition, errand: OpErrand): Promise<void> => {
    if (keyMayBeForgotten(errand)) {
      logger.error(
        { opId: errand.requested.opId },
        'operation older than its key: it is looked up, not sent again',
      );
      return finish(partition, errand);
    }
    const outcome = await sendOnce(errand.requested, errand.atMs);
    await afterRun(partition, errand, outcome);
  };

  const keyMayBeForgotten = ({ atMs }: OpErrand): boolean =>
    clock.nowMs() - atMs > Math.min(psp.can.keyTtlMs * (23 / 24), keyAgeMaxMs);

  const afterRun = async (partition: Partition, errand: OpErrand, outcome: Outcome): Promise<void> => {
    const isJudged = outcome.is === 'ok' || outcome.is === 'no';
    if (stopping.signal.aborted && !isJudged) return; // we gave up waiting: that tells nothing of the provider
    errand.tries += 1;
    errand.inRow = errand.lastIs === outcome.is ? errand.inRow + 1 : 1;
    errand.lastIs = outcome.is;
    tell(errand, outcome);
    if (isReport(outcome)) {
      await ports.report(toReport(errand.requested, outcome, errand.tries));
      crashPoint('payments.after-report');
      return finish(partition, errand);
    }
    await tellWaiting(errand, outcome);
    if (!isOpen(partition, errand)) return;
    schedule(partition, errand, retryDelayMs(outcome, errand.inRow, ports.random()));
  };

  /** What provably did not happen is sent again and told to nobody at first; too long, and the order must know. */
  const tellWaiting = async (errand: OpErrand, outcome: Outcome): Promise<void> => {
    if (clock.nowMs() - errand.toldAtMs < (errand.told ? toldAgainMs : firstToldMs)) return;
    errand.told = true;
    errand.toldAtMs = clock.nowMs();
    await ports.report(toReport(errand.requested, outcome, errand.tries));
  };

  let silentUntilMs = 0;
  /** Money in doubt is always told; a provider out of reach stands behind every op alike, so one line in a while will do. */
  const tell = ({ requested: { opId }, tries }: OpErrand, outcome: Outcome): void => {
    if (outcome.is === 'not-executed' && !outcome.again && outcome.code !== methodErased) {
      logger.error({ opId, outcome }, 'the provider calls our request invalid: a person is needed');
      return;
    }
    if (outcome.is !== 'not-executed' && outcome.is !== 'unknown') return;
    if (outcome.is === 'not-executed' && clock.nowMs() < silentUntilMs) return;
    if (outcome.is === 'not-executed') silentUntilMs = clock.nowMs() + silenceMs;
    const alarm = 'alarm' in outcome && outcome.alarm !== undefined;
    logger[alarm ? 'error' : 'warn'](
      { opId, tries, outcome, open: openOperations() },
      'no answer of the provider yet',
    );
  };

  /** Asks the provider what is true; an unavailable one is asked again, for it is no answer. */
  const lookUp = async (partition: Partition, errand: LookUpErrand): Promise<void> => {
    const { opId, pspRef } = errand.asked;
    const facts = await psp.lookUp(pspRef === null ? { opId } : { opId, pspRef });
    if (stopping.signal.aborted) return;
    errand.tries += 1;
    if (facts === 'unavailable') {
      if (isOpen(partition, errand)) {
        schedule(partition, errand, lookUpDelayMs(errand.tries, ports.random()));
      }
      return;
    }
    await ports.report(toFactsReport(errand.asked, facts));
    finish(partition, errand);
  };

  const takeOne = (partition: Partition, { before, position, event }: WorkerRecord): void => {
    partition.last = position;
    const task = takeEvent(partition.errands, event.body);
    if (task?.is === 'run') addOp(partition, task.requested, event.atMs, before);
    if (task?.is === 'look-up') addLookUp(partition, task.asked, before);
  };

  const addOp = (
    partition: Partition,
    requested: PaymentOpRequested,
    atMs: number,
    before: JournalPosition,
  ): void => {
    const known = partition.errands.get(attemptOf(requested));
    if (known?.is === 'op' && isUnderWay(known)) return;
    const errand = createOpErrand(requested, atMs, before, clock.nowMs());
    partition.errands.add(errand);
    if (partition.caughtUp) partition.fresh.push(errand);
  };

  const addLookUp = (partition: Partition, asked: LookUpRequested, before: JournalPosition): void => {
    const errand = createLookUpErrand(asked, before);
    partition.errands.add(errand);
    if (partition.caughtUp) partition.fresh.push(errand);
  };

  const end = (number: number): void => {
    const partition = partitions.get(number);
    partitions.delete(number);
    partition?.errands.clear();
    if (partition) letIn(partition);
    pool.forget(number);
  };

  return {
    begin(number) {
      end(number);
      partitions.set(number, {
        number,
        errands: new WorkerErrands(),
        fresh: [],
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
      letIn(partition);
      commit(partition);
      // what the same records answer is not run
      for (const errand of partition.fresh.splice(0)) {
        if (partition.errands.has(errand)) submit(partition, errand);
      }
    },
    async room(number) {
      const partition = partitions.get(number);
      // before it has caught up it must read on, to learn which operations are answered
      if (!partition?.caughtUp || partition.errands.size < openMax) return;
      await new Promise<void>((resolve) => partition.waiting.push(resolve));
    },
    caughtUp(number) {
      const partition = partitions.get(number);
      if (!partition || partition.caughtUp) return;
      partition.caughtUp = true;
      for (const errand of partition.errands.all()) submit(partition, errand);
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
