import { KeyErased } from '../../infra/clients/customer-keys/field-opener.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Op, Outcome } from '../../infra/psp/psp.ts';
import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { opIdOf } from '../../schemas/ids.ts';
import type { WorkerPorts } from './worker.ts';
import { createWorkerBreaker } from './worker-breaker.ts';
import { toOp } from './worker-op.ts';

/** Code of an authorization whose customer was erased before it was sent: the order's money lapses, nothing is charged. */
export const methodErased = 'method-erased';

type SendPorts = Pick<WorkerPorts, 'psp' | 'openMethod' | 'clock' | 'logger'>;

/** Sends an op once, `atMs` as the journal has it. Resolves to what became of it; what is not sent is not executed. */
export function createOpSender(
  { psp, openMethod, clock, logger }: SendPorts,
  stop: AbortSignal,
): (requested: PaymentOpRequested, atMs: number) => Promise<Outcome> {
  const breaker = createWorkerBreaker(() => clock.nowMs());

  /** What it means that the payment method cannot be opened: nothing was sent. */
  const unopened = ({ opId }: PaymentOpRequested, error: unknown): Outcome => {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof KeyErased) {
      logger.warn({ opId, error: message }, 'the payment method is erased, nothing was sent');
      return { is: 'not-executed', code: methodErased, again: false };
    }
    logger.error({ opId, error: message }, 'the payment method cannot be opened, nothing was sent');
    return { is: 'not-executed', code: 'method-unreadable', again: true, afterMs: 60_000 };
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
    let method: string | null = null;
    try {
      const opening = requested.methodRef === null ? null : openMethod(requested, requested.methodRef);
      method = opening instanceof Promise ? await opening : opening;
    } catch (error) {
      return unopened(requested, error);
    }
    const { kind, orderId, pspRef } = requested;
    if (kind !== 'void' || pspRef !== null) return run(requested, toOp(requested, atMs, method));
    // nobody knows whether what is to be voided exists: it is looked for, and always the same is found
    const found = await psp.lookUp({ opId: opIdOf(orderId, 'authorize', 1) });
    if (found === 'not-found') return { is: 'unknown', cause: 'unmapped' };
    if (found === 'unavailable') return { is: 'not-executed', code: 'look-up-unavailable', again: true };
    return run(requested, toOp(requested, atMs, method, found.pspRef));
  };
}
