import type { Op, PspAbilities } from './psp.ts';
import type { OperationRequest } from './simulator/protocol.ts';

/** Its listing shows a payment at once; what is quiet this long is longer on its way than any call waits (20 s). */
export const simulatorAbilities: PspAbilities = {
  separateCapture: true,
  partialRefund: true,
  findByOpId: 'now',
  keepsErrors: true,
  keyTtlMs: Number.POSITIVE_INFINITY,
  quietMs: 30_000,
};

/**
 * The bytes of an op: a function of the op alone, so that each try sends the same. Null: there is no such operation, for
 * it names no payment.
 */
export function toRequest(op: Op): Buffer | null {
  const isAuthorize = op.kind === 'authorize';
  if (!isAuthorize && op.pspRef === undefined) return null;
  const request: OperationRequest = {
    kind: op.kind,
    amount: op.amount.minor,
    currency: op.amount.currency,
    method: isAuthorize ? (op.methodRef ?? null) : null,
    authorization: isAuthorize ? null : (op.pspRef ?? null),
    metadata: { opId: op.opId, orderId: op.orderId, store: op.store },
  };
  return Buffer.from(JSON.stringify(request));
}
