import { assertNever } from '../../../schemas/assert-never.ts';
import type { Control } from './control.ts';
import type { Change, PaymentRecord } from './payment-record.ts';

type Order = Extract<Control, { readonly do: 'change-payment' | 'end-refund' | 'dispute' }>;

/** What an order does to a payment, or what is wrong with it. */
export function changeOf(record: PaymentRecord, order: Order): Change | string {
  switch (order.do) {
    case 'change-payment':
      return becoming(record, order.becomes);
    case 'end-refund': {
      const refund = record.refunds.find(({ opId }) => opId === order.opId);
      return refund
        ? { is: 'refund', refund: { ...refund, status: order.status } }
        : `there is no refund ${order.opId}`;
    }
    case 'dispute': {
      const before = record.disputes.at(-1);
      if (order.status !== 'open' && !before) return 'there is no dispute to end';
      const dispute = before ?? {
        id: `dp_${record.id}`,
        amount: order.amount ?? record.captured,
        status: order.status,
      };
      return { is: 'dispute', dispute: { ...dispute, status: order.status } };
    }
    default:
      return assertNever(order);
  }
}

function becoming(
  { amount }: PaymentRecord,
  becomes: Extract<Order, { readonly do: 'change-payment' }>['becomes'],
): Change {
  switch (becomes) {
    case 'declined':
      return { is: 'declined', code: 'generic_decline' };
    case 'captured':
      return { is: 'captured', amount, opId: null };
    case 'authorized':
    case 'voided':
    case 'lapsed':
      return { is: becomes };
    default:
      return assertNever(becomes);
  }
}
