import type { Op, Outcome, Psp } from '../../infra/psp/psp.ts';
import type { ProviderOperation } from '../../infra/audit/recording.ts';
import { createLink, type LinkFaults } from './link.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';

/** The provider's own book, and the port to it in a process's hands. Same key, same answer. */
export class PlainProvider {
  readonly operations = new Map<string, ProviderOperation>();
  private readonly outcomes = new Map<string, Outcome>();
  private readonly scheduler: Scheduler;
  private readonly faults: LinkFaults;

  constructor(scheduler: Scheduler, faults: LinkFaults) {
    this.scheduler = scheduler;
    this.faults = faults;
  }

  connect(caller: SimProcess): Psp {
    const link = createLink({
      caller,
      to: 'provider',
      faults: this.faults,
      timeoutMs: 1_000,
      lost: (why) => new Error(why),
    });
    return {
      can: {
        separateCapture: true,
        partialRefund: false,
        findByOpId: 'now',
        keepsErrors: true,
        keyTtlMs: Number.POSITIVE_INFINITY,
        quietMs: 0,
      },
      run: (op) =>
        this.scheduler
          .request(link, () => this.execute(op))
          .catch((): Outcome => ({ is: 'unknown', cause: 'timeout' })),
      lookUp: async () => 'unavailable',
      close: async () => undefined,
    };
  }

  private execute(op: Op): Outcome {
    const kept = this.outcomes.get(op.key);
    if (kept) return kept;
    const outcome: Outcome =
      op.methodRef === 'tok_declined'
        ? { is: 'no', code: 'card_declined', next: 'other-method' }
        : { is: 'ok', pspRef: op.pspRef ?? `pay_${op.key}`, amount: op.amount };
    this.outcomes.set(op.key, outcome);
    const { key, kind, opId, orderId, amount } = op;
    this.operations.set(key, {
      key,
      kind,
      opId,
      orderId,
      amount: amount.minor,
      currency: amount.currency,
      done: outcome.is === 'ok',
    });
    return outcome;
  }
}
