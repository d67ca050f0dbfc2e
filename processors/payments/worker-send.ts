import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Op, Outcome } from '../../infra/psp/psp.ts';
import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { opIdOf } from '../../schemas/ids.ts';
import type { WorkerPorts } from './worker.ts';
import { createWorkerBreaker } from './worker-breaker.ts';
import { toOp } from './worker-op.ts';

type SendPorts = Pick<WorkerPorts, 'psp' | 'openMethod' | 'clock' | 'logger'>;

/** Sends an op once, `atMs` as the journal has it. Resolves to what became of it; what is not sent is not executed. */
export function createOpSender(
  { psp, openMethod, clock, logger }: SendPorts,
  stop: AbortSignal,
): (requested: PaymentOpRequested, atMs: number) => Promise<Outcome> {
  const breaker = createWorkerBreaker(() => clock.nowMs());

  /** The payment method in the clear, or null if this process cannot open it. */
  const opened = (requested: PaymentOpRequested): { readonly method: string | null } | null => {
    if (requested.methodRef === null) return { method: null };
    try {
      return { method: openMethod(requested, requested.methodRef) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { opId } = requested;
      logger.error({ opId, error: message }, 'the payment method cannot be opened, nothing was sent');
      return null;
    }
  };

  const run = async (requested: PaymentOpRequested, op: Op): Promise<Outcome> => {
    crashPoint('payments.before-call');
    const outcome = await psp.run(op, stop);
    crashPoint('payments.after-call');
    if (!stop.aborted) breaker.note(requested.store, outcome);
    return outcome;
  };

  return async (requested, atMs) => {
    const refusal = breaker.refusal(requested.store);
    if (refusal) return refusal;
    const open = opened(requested);
    if (!open) return { is: 'not-executed', code: 'method-unreadable', again: true, afterMs: 60_000 };
    const { kind, orderId, pspRef } = requested;
    if (kind !== 'void' || pspRef !== null) return run(requested, toOp(requested, atMs, open.method));
    // nobody knows whether what is to be voided exists: it is looked for, and always the same is found
    const found = await psp.lookUp({ opId: opIdOf(orderId, 'authorize', 1) });
    if (found === 'not-found') return { is: 'unknown', cause: 'unmapped' };
    if (found === 'unavailable') return { is: 'not-executed', code: 'look-up-unavailable', again: true };
    return run(requested, toOp(requested, atMs, open.method, found.pspRef));
  };
}
