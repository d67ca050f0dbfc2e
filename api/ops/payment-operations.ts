import { z } from 'zod';
import { opIdOf } from '../../schemas/ids.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { minor } from '../orders/answer-fields.ts';

/** An operation of an order that a person may decide. */
export const operationAnswer = z.object({
  opId: z.string(),
  status: z.string().meta({ description: 'unknown, or why a person is needed.' }),
  amountMinor: minor,
});

export type Operation = z.output<typeof operationAnswer>;

/**
 * The operations of an order that wait for somebody's word: unknown ones, and those a person was called for. The
 * document does not number the payment's operations: the first of its kind is named, another only once a person is called.
 */
export function operationsOf({ orderId, payment, refunds, persons }: OrderView): readonly Operation[] {
  const operations = new Map<string, Operation>();
  if (payment.status === 'unknown' && payment.kind !== null) {
    const opId = opIdOf(orderId, payment.kind, 1);
    operations.set(opId, { opId, status: 'unknown', amountMinor: payment.check.atRiskMinor });
  }
  for (const { opId, status, amountMinor } of refunds) {
    if (status === 'unknown') operations.set(opId, { opId, status, amountMinor });
  }
  for (const { opId, reason, amountMinor } of persons) {
    if (opId !== null) operations.set(opId, { opId, status: reason, amountMinor });
  }
  return [...operations.values()];
}
