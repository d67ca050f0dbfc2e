import { KeyErased } from '../../../infra/clients/customer-keys/field-opener.ts';
import type { Clock } from '../../../infra/clients/clock.ts';
import type { Facts, Op, Outcome, Psp } from '../../../infra/psp/psp.ts';
import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../../schemas/accept-journal-record.ts';
import type { ReportFacts, ReportOutcome } from '../../../schemas/generated/orders-commands.ts';
import type {
  Event,
  EventBody,
  LookUpRequested,
  PaymentOpRequested,
} from '../../../schemas/generated/orders-events.ts';
import {
  createPaymentsWorker,
  type PaymentsWorker,
  type WorkerRecord,
  type WorkerReport,
} from '../worker.ts';

/** A clock moved by hand. */
export interface HandClock extends Clock {
  /** Fires what falls due, in order, and lets it settle. */
  advance(ms: number): Promise<void>;
}

export function createHandClock(): HandClock {
  let nowMs = 1_000_000;
  let timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    setTimer(delayMs, fire) {
      const timer = { atMs: nowMs + delayMs, fire };
      timers.push(timer);
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    async advance(ms) {
      const until = nowMs + ms;
      for (;;) {
        const next = timers.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        timers = timers.filter((other) => other !== next);
        nowMs = next.atMs;
        next.fire();
        await settled();
      }
      nowMs = until;
      await settled();
    },
  };
}

/** Everything that waits for promises alone has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One call of the provider, answered by hand or by a script. */
export interface Call {
  readonly op: Op;
  answer(outcome: Outcome): Promise<void>;
}

/** One question to the provider. */
export interface LookUpCall {
  readonly query: { readonly opId: string; readonly pspRef?: string };
  answer(found: Facts | 'not-found' | 'unavailable'): Promise<void>;
}

export interface WorkerBench {
  readonly worker: PaymentsWorker;
  readonly clock: HandClock;
  readonly calls: Call[];
  /** What was told, look-ups apart. */
  readonly outcomes: ReportOutcome[];
  readonly facts: ReportFacts[];
  readonly reports: WorkerReport[];
  readonly lookUps: LookUpCall[];
  /** Last offset committed for each partition. */
  readonly commits: Map<number, bigint>;
  /** While set, reports wait for `acknowledge`. */
  holdReports(): void;
  acknowledge(): Promise<void>;
  /** One call of this op has come and is not answered: the last one. */
  call(opId: string): Call;
}

export function createWorkerBench(
  limits = { partitionMax: 32, totalMax: 64 },
  can: Partial<Psp['can']> = {},
): WorkerBench {
  const clock = createHandClock();
  const calls: Call[] = [];
  const reports: WorkerReport[] = [];
  const outcomes: ReportOutcome[] = [];
  const facts: ReportFacts[] = [];
  const lookUps: LookUpCall[] = [];
  const commits = new Map<number, bigint>();
  let held: (() => void)[] | null = null;
  const psp: Psp = {
    can: {
      separateCapture: true,
      partialRefund: false,
      findByOpId: 'now',
      keepsErrors: true,
      keyTtlMs: Number.POSITIVE_INFINITY,
      quietMs: 0,
      ...can,
    },
    run: (op, stop) =>
      new Promise((resolve) => {
        stop.addEventListener('abort', () => resolve({ is: 'unknown', cause: 'reset' }));
        calls.push({
          op,
          async answer(outcome) {
            resolve(outcome);
            await settled();
          },
        });
      }),
    lookUp: (query) =>
      new Promise((resolve) => {
        lookUps.push({
          query,
          async answer(found) {
            resolve(found);
            await settled();
          },
        });
      }),
    close: () => Promise.resolve(),
  };
  const silent = (): void => undefined;
  const worker = createPaymentsWorker({
    psp,
    clock,
    limits,
    random: () => 0,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    openMethod(_requested, sealed) {
      if (sealed === 'erased') throw new KeyErased('the test says so');
      if (!sealed.startsWith('sealed:')) throw new Error('sealed under another key');
      return sealed.slice('sealed:'.length);
    },
    commit: (partition, next) => void commits.set(partition, next),
    report: (command) =>
      new Promise((resolve) => {
        reports.push(command);
        if (command.body.type === 'ReportOutcome') outcomes.push(command.body);
        else facts.push(command.body);
        if (held) held.push(resolve);
        else resolve();
      }),
  });
  return {
    worker,
    clock,
    calls,
    reports,
    outcomes,
    facts,
    lookUps,
    commits,
    holdReports: () => {
      held = [];
    },
    async acknowledge() {
      for (const resolve of held ?? []) resolve();
      held = null;
      await settled();
    },
    call(opId) {
      const call = calls.findLast(({ op }) => op.opId === opId);
      if (!call) throw new Error(`no call of ${opId}`);
      return call;
    },
  };
}

export function requested(orderId: string, change: Partial<PaymentOpRequested> = {}): PaymentOpRequested {
  return {
    type: 'PaymentOpRequested',
    store: 'demo',
    orderId,
    customerId: 'c-1',
    opId: `${orderId}:authorize:1`,
    attempt: 1,
    kind: 'authorize',
    key: `key-${orderId}`,
    amountMinor: 1_250,
    currency: 'GBP',
    methodRef: 'sealed:tok_ok',
    pspRef: null,
    ...change,
  };
}

export const asked = (orderId: string, change: Partial<LookUpRequested> = {}): LookUpRequested => ({
  type: 'LookUpRequested',
  store: 'demo',
  orderId,
  opId: `${orderId}:authorize:1`,
  n: 1,
  pspRef: 'pay_1',
  why: 'timeout',
  hintId: null,
  amountMinor: 1_250,
  currency: 'GBP',
  nextCheckAtMs: null,
  decideByMs: null,
  ...change,
});

export const answered = (orderId: string): EventBody => ({
  type: 'PaymentAuthorized',
  store: 'demo',
  orderId,
  opId: `${orderId}:authorize:1`,
  attempt: 1,
  amountMinor: 1_250,
  currency: 'GBP',
  pspRef: 'pay_1',
  captureBeforeMs: null,
});

export const ok: Outcome = {
  is: 'ok',
  pspRef: 'pay_1',
  amount: { minor: 1_250, currency: 'GBP' },
  captureBeforeMs: 9,
};

/** A journal partition, read bit by bit: a Barrier at offset 0, then the bodies. */
export function createJournal(): { append(...bodies: readonly EventBody[]): readonly WorkerRecord[] } {
  let position: JournalPosition = journalStart;
  const accept = (body: EventBody): WorkerRecord => {
    const before = position;
    const event: Event = {
      seq: body.type === 'Barrier' ? before.seq : before.seq + 1,
      writer: 'w1',
      cause: { offset: 0, source: null, seq: null, index: null },
      atMs: 999_000,
      routedThrough: 0,
      version: 1,
      body,
    };
    const next = acceptJournalRecord(before, before.offset + 1n, event);
    if (!next) throw new Error('a void record');
    position = next;
    return { before, position: next, event };
  };
  accept({ type: 'Barrier', writer: 'w1', follows: null });
  return { append: (...bodies) => bodies.map(accept) };
}

/** Words of a provider that tests use again and again. */
export const timeout: Outcome = { is: 'unknown', cause: 'timeout' };
export const rateLimited = {
  is: 'not-executed',
  code: 'rate_limited',
  again: true,
} as const satisfies Outcome;

/** A reservation of the whole. */
export const reserved = {
  pspRef: 'pay_1',
  authorized: { minor: 1_250, currency: 'GBP' },
  captured: { minor: 0, currency: 'GBP' },
  disputes: [],
  refunds: [],
};

/** A worker that follows partition 0. */
export function following(bench: WorkerBench): ReturnType<typeof createJournal> {
  bench.worker.begin(0);
  bench.worker.caughtUp(0);
  return createJournal();
}

/** The operations that were sent, in order; what became of those that were reported. */
export const opIdsOf = (bench: WorkerBench): readonly string[] => bench.calls.map(({ op }) => op.opId);
export const isOf = (bench: WorkerBench): readonly string[] => bench.outcomes.map(({ is }) => is);
