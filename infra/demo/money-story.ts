import type { Event } from '../../schemas/generated/orders-events.ts';
import type { ProviderOperation } from '../audit/recording.ts';

/** What became of the money of a run: our books beside the provider's, and every doubt with its end. Minor units. */
export interface MoneyStory {
  readonly orders: number;
  readonly confirmed: number;
  readonly closed: number;
  /** Operations whose outcome was unknown at least once. */
  readonly unknowns: number;
  /** Of these: found out by an answer or a look-up. */
  readonly unknownsClosed: number;
  /** Of these: given to a person within their deadline. */
  readonly unknownsWithPerson: number;
  /** Of these: open, and nobody knows of them. */
  readonly unknownsAlone: number;
  /** Orders with more than one capture in the provider's ledger. */
  readonly doubleCaptures: number;
  /** Refund operations the provider executed more than once. */
  readonly doubleRefunds: number;
  /** Orders at rest without a sale whose captured money was not given back. */
  readonly paidButToldFailed: number;
  /** Captured less refunded, by currency: the events' and the ledger's. */
  readonly books: Readonly<Record<string, number>>;
  readonly ledger: Readonly<Record<string, number>>;
}

/** Order events that say what became of an operation. */
const answers: ReadonlySet<string> = new Set([
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentCaptureFailed',
  'PaymentVoided',
  'PaymentLapsed',
  'RefundRecorded',
]);

/** Folds valid events, in the order of their partition, and the provider's ledger. */
export class MoneyStoryFold {
  private orders = 0;
  private readonly ends = new Map<string, 'confirmed' | 'closed'>();
  private readonly unknowns = new Map<string, 'open' | 'closed' | 'person'>();
  private readonly books = new Map<string, number>();

  take({ body }: Event): void {
    if (body.type === 'OrderPlaced') this.orders += 1;
    else if (body.type === 'OrderConfirmed') this.ends.set(body.orderId, 'confirmed');
    else if (body.type === 'OrderClosed') this.ends.set(body.orderId, 'closed');
    else if (body.type === 'PaymentUnknown') this.unknowns.set(body.opId, 'open');
    else if (body.type === 'PersonNeeded' && body.opId !== null) this.settle(body.opId, 'person');
    else if (answers.has(body.type) && 'opId' in body && body.opId !== null) this.settle(body.opId, 'closed');
    if (body.type === 'PaymentCaptured') this.add(body.currency, body.amountMinor);
    if (body.type === 'RefundRecorded') {
      if (body.as === 'succeeded') this.add(body.currency, -body.amountMinor);
    }
  }

  tell(operations: readonly ProviderOperation[]): MoneyStory {
    const done = operations.filter((each) => each.done);
    const captures = done.filter(({ kind }) => kind === 'capture');
    const refunds = done.filter(({ kind }) => kind === 'refund');
    const held = new Map<string, number>();
    const ledger = new Map<string, number>();
    for (const { kind, orderId, amount, currency } of [...captures, ...refunds]) {
      const moved = kind === 'capture' ? amount : -amount;
      held.set(orderId, (held.get(orderId) ?? 0) + moved);
      ledger.set(currency, (ledger.get(currency) ?? 0) + moved);
    }
    const ends = [...this.ends];
    const unknowns = [...this.unknowns.values()];
    return {
      orders: this.orders,
      confirmed: ends.filter(([, end]) => end === 'confirmed').length,
      closed: ends.filter(([, end]) => end === 'closed').length,
      unknowns: unknowns.length,
      unknownsClosed: unknowns.filter((is) => is === 'closed').length,
      unknownsWithPerson: unknowns.filter((is) => is === 'person').length,
      unknownsAlone: unknowns.filter((is) => is === 'open').length,
      doubleCaptures: repeated(captures.map(({ orderId }) => orderId)),
      doubleRefunds: repeated(refunds.map(({ opId }) => opId)),
      paidButToldFailed: ends.filter(([id, end]) => end === 'closed' && (held.get(id) ?? 0) > 0).length,
      books: Object.fromEntries(this.books),
      ledger: Object.fromEntries(ledger),
    };
  }

  private settle(opId: string, as: 'closed' | 'person'): void {
    if (this.unknowns.has(opId)) this.unknowns.set(opId, as);
  }

  private add(currency: string, minor: number): void {
    this.books.set(currency, (this.books.get(currency) ?? 0) + minor);
  }
}

/** How many of the names stand there more than once. */
function repeated(names: readonly string[]): number {
  const counts = Map.groupBy(names, (name) => name);
  return [...counts.values()].filter(({ length }) => length > 1).length;
}

/** What a run must not have come to, in words; empty if its money is whole. */
export function faultsOf(story: MoneyStory, ordersWanted: number): readonly string[] {
  const { orders, confirmed, closed, unknowns, books, ledger } = story;
  const faults: string[] = [];
  const none = (count: number, what: string): void => {
    if (count !== 0) faults.push(`${count} ${what}`);
  };
  if (orders < ordersWanted) faults.push(`${orders} orders were placed, ${ordersWanted} were asked for`);
  none(orders - confirmed - closed, 'orders did not come to rest');
  if (unknowns === 0) faults.push('no outcome was ever unknown: the faults did not reach the provider');
  none(story.unknownsAlone, 'unknown operations are open, and no person was told');
  none(story.doubleCaptures, 'orders were captured twice');
  none(story.doubleRefunds, 'refunds were executed twice');
  none(story.paidButToldFailed, 'orders were told failed and keep the money');
  const currencies = new Set([...Object.keys(books), ...Object.keys(ledger)]);
  for (const currency of currencies)
    if ((books[currency] ?? 0) !== (ledger[currency] ?? 0))
      faults.push(
        `our books hold ${books[currency] ?? 0} minor units of ${currency}, the provider ${ledger[currency] ?? 0}`,
      );
  return faults;
}
