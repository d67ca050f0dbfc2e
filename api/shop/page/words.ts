import type { components } from '../../client/millrace-client.ts';
import { none } from './none.ts';

type Order = components['schemas']['Order'];
export type AnyOrder = Order | components['schemas']['ParkedOrder'];

/** What a shopper is told of his order. */
export interface Told {
  readonly title: string;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'open';
}

/** How far on its way an order is that sells. */
export const steps = ['Pieces set aside', 'Bank asked', 'Stock taken', 'Paid', 'Confirmed'] as const;

/** Index in `steps` of what is being done now; its length once all is done, null off the way. */
export function stepOf({ status }: Pick<AnyOrder, 'status'>): number | null {
  switch (status) {
    case 'holding':
      return 0;
    case 'authorizing':
      return 1;
    case 'committing':
      return 2;
    case 'capturing':
      return 3;
    case 'confirmed':
    case 'shipped':
    case 'delivered':
      return steps.length;
    case 'unwinding':
    case 'rejected':
    case 'declined':
    case 'expired':
    case 'cancelled':
    case 'parked':
      return null;
    default:
      return none(status);
  }
}

const open = (title: string, text: string): Told => ({ title, text, tone: 'open' });
const good = (title: string, text: string): Told => ({ title, text, tone: 'good' });
const bad = (title: string, text: string): Told => ({ title, text, tone: 'bad' });

/** An order's state in plain words: what is going on, and what that means for the shopper's money. */
export function tell(order: AnyOrder): Told {
  if (order.status === 'parked') {
    return open(
      'Kept, not decided yet',
      'Your order is safe in the log and a person looks at it. Do not order again.',
    );
  }
  const money = moneyOf(order);
  switch (order.status) {
    case 'holding':
      return open(
        'Setting your pieces aside',
        'We ask the stock whether everything is there. Nothing is paid yet.',
      );
    case 'authorizing':
      return waitingForBank(order) ?? open('Asking the bank', 'Your pieces are set aside for you.');
    case 'committing':
      return open(
        'Taking your pieces from the stock',
        'The bank has agreed; nothing has been taken from you yet.',
      );
    case 'capturing':
      return (
        waitingForBank(order) ?? open('Taking the money', 'Your pieces are yours; the bank is paying us.')
      );
    case 'confirmed':
      return good('Confirmed. Thank you!', 'It is paid, and your pieces wait to be shipped.');
    case 'shipped':
      return good('On its way to you', 'The warehouse has sent your pieces.');
    case 'delivered':
      return good('Delivered', 'Everything has arrived.');
    case 'unwinding':
      return (
        waitingForBank(order) ??
        open(
          'Taking everything back',
          'The order does not go through. Money first, then stock: both are given back.',
        )
      );
    case 'rejected':
      return bad('Not enough in stock', `Somebody was quicker: we do not have all you wanted. ${money}`);
    case 'declined':
      return bad('The bank said no', `You may order again and pay another way. ${money}`);
    case 'expired':
      return bad('Time is up', `The payment did not come to an end in time, so nothing is sent. ${money}`);
    case 'cancelled':
      return bad('Cancelled', `The order was cancelled; nothing more is sent. ${money}`);
    default:
      return none(order);
  }
}

/** What the payment waits for; null where it waits for nothing out of the ordinary. */
function waitingForBank({ payment: { status } }: Order): Told | null {
  if (status === 'unknown') {
    return open(
      'Waiting for the bank’s answer',
      'The bank did not say what became of your payment. That is not a failure: we ask until we know, and nothing is taken twice. Do not pay again.',
    );
  }
  if (status === 'pending')
    return open('Waiting for the bank’s answer', 'The bank is still working on it. Do not pay again.');
  if (status === 'action-required') {
    return open(
      'The bank wants a word with you',
      'Confirm the payment at your bank; here the test bank does it for you.',
    );
  }
  return null;
}

/** True only where the API says that nothing is taken, or on its way. */
const moneyOf = ({ payment }: Order): string =>
  payment.safeToRetry
    ? 'Nothing was taken from you.'
    : 'What was taken is given back; the payment below says how far it is.';
