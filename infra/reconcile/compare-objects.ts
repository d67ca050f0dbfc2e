import { assertNever } from '../../schemas/assert-never.ts';
import type { Money } from '../../schemas/money.ts';
import type { Facts } from '../psp/psp.ts';
import { type Day, type Difference, type DifferenceClass, moveDifference } from './difference.ts';
import type { BookedMove } from './money-books.ts';

/**
 * A move by the payment's object at the provider, the best evidence there is (payments §5): it must show the money where
 * we have it. None where the object could not be had: that is counted, not guessed.
 */
export function compareObject(of: Day, move: BookedMove): readonly Difference[] {
  const object = of.objects.get(move.pspRef);
  if (object === undefined) return [];
  const found = object === 'not-found' ? stateIs('no such payment') : differenceIn(object, move);
  return found ? [moveDifference(of, move, { where: 'provider', ...found })] : [];
}

interface Found {
  readonly class: DifferenceClass;
  readonly theirs: string;
  readonly amountMinor?: number;
}

const stateIs = (theirs: string): Found => ({ class: 'state', theirs });

function differenceIn(object: Facts, move: BookedMove): Found | null {
  switch (move.kind) {
    case 'charge':
      return object.captured.minor === 0
        ? stateIs(object.ended ?? 'not captured')
        : moneyIn('captured', object.captured, move);
    case 'refund': {
      const refund = object.refunds.find(({ opId }) => opId === move.opId);
      if (!refund) return stateIs('no such refund');
      if ((refund.status === 'failed') !== move.reversed) return stateIs(`refund ${refund.status}`);
      return moneyIn(`refund ${refund.status}`, refund.amount, move);
    }
    case 'dispute': {
      const dispute = object.disputes.find(({ id }) => move.opId === `${move.orderId}:dispute:${id}`);
      if (!dispute) return stateIs('no such dispute');
      if ((dispute.status === 'won') !== move.reversed) return stateIs(`dispute ${dispute.status}`);
      return moneyIn(`dispute ${dispute.status}`, dispute.amount, move);
    }
    default:
      return assertNever(move.kind);
  }
}

function moneyIn(what: string, { minor, currency }: Money, move: BookedMove): Found | null {
  const theirs = `${what} ${minor} ${currency}`;
  if (currency !== move.currency) return { class: 'currency', theirs };
  if (minor === move.amountMinor) return null;
  return { class: 'amount', theirs, amountMinor: Math.abs(minor - move.amountMinor) };
}
