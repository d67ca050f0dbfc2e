import * as fc from 'fast-check';
import { assertNever } from '../../../schemas/assert-never.ts';
import type { OrderCommand } from '../order.ts';

/** A command about an order, made when its time has come. */
export interface Act {
  readonly does:
    | 'cancel'
    | 'cancel-lines'
    | 'ship'
    | 'deliver'
    | 'ask-return'
    | 'receive'
    | 'refund-amount'
    | 'refund-lines';
  readonly line: number;
  readonly quantity: number;
  /** Everything that qualifies. */
  readonly all: boolean;
}

const actOf = (...does: readonly Act['does'][]): fc.Arbitrary<Act> =>
  fc.record({
    does: fc.constantFrom(...does),
    line: fc.integer({ min: 1, max: 4 }),
    quantity: fc.integer({ min: 1, max: 3 }),
    all: fc.boolean(),
  });

/** Anything in any order, or what a shop does with a sale. */
export const life: fc.Arbitrary<readonly Act[]> = fc.oneof(
  fc.array(actOf('cancel', 'cancel-lines', 'ship', 'deliver', 'refund-amount', 'refund-lines'), {
    maxLength: 5,
  }),
  fc.tuple(
    actOf('ship', 'cancel-lines'),
    actOf('ship'),
    actOf('ask-return', 'deliver'),
    actOf('ask-return'),
    actOf('receive'),
    actOf('ask-return', 'refund-amount'),
    actOf('receive', 'cancel', 'refund-lines'),
  ),
);

/** The command of the `n`th act about the order. */
export function bodyOf(orderId: string, { does, line, quantity, all }: Act, n: number): OrderCommand {
  const lines = all ? [] : [{ line, quantity }];
  const claimedAtMs = null;
  switch (does) {
    case 'cancel':
      return { type: 'CancelOrder', orderId, reason: 'asked' };
    case 'cancel-lines':
      return { type: 'CancelLines', orderId, lines: [{ line, quantity }], reason: 'asked' };
    case 'ship':
      return { type: 'RecordShipment', orderId, lines, carrier: null, trackingRef: null };
    case 'deliver':
      return { type: 'RecordDelivery', orderId, lines };
    case 'ask-return':
      return { type: 'RequestReturn', orderId, returnId: `act-${n}`, lines, reason: '', claimedAtMs };
    case 'receive':
      return {
        type: 'ReceiveReturn',
        orderId,
        returnId: `act-${n - 1}`,
        lines,
        sellable: quantity > 1,
        condition: quantity > 1 ? null : 'damaged',
        claimedAtMs,
      };
    case 'refund-amount':
    case 'refund-lines': {
      const amountMinor = does === 'refund-amount' ? 40 * quantity : null;
      const currency = amountMinor === null ? null : 'GBP';
      const of = { lines: amountMinor === null ? lines : [], amountMinor, currency };
      return { type: 'RequestRefund', orderId, refundId: `act-${n}`, ...of, reason: '', claimedAtMs };
    }
    default:
      return assertNever(does);
  }
}
