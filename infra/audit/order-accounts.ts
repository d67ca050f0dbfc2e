import { assertNever } from '../../schemas/assert-never.ts';
import type {
  DisputeRecorded,
  EventBody,
  OrderPlaced,
  PaymentOpRequested,
} from '../../schemas/generated/orders-events.ts';
import { lineTax, moneyOf, type OrderMoney, sharesOf } from './order-money.ts';
import { OrderRefunds } from './order-refunds.ts';
import { oneOf } from './one-of.ts';

/** Events that an account takes, beside its placing. */
const isOfMoney = oneOf(
  'PaymentOpRequested',
  'PaymentAuthorized',
  'PaymentCaptured',
  'PaymentVoided',
  'OrderConfirmed',
  'OrderClosed',
  'ShipmentRecorded',
  'RefundRequested',
  'RefundRecorded',
  'RefundDue',
  'DisputeRecorded',
  'LookUpRequested',
);

type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>;
type Dispute = Pick<DisputeRecorded, 'as' | 'amountMinor'>;

/** An order's money as its events say. */
export interface Account {
  readonly placed: ConstructorParameters<typeof OrderRefunds>[0];
  readonly money: OrderMoney;
  /** Money moves asked for, by opId: the latest attempt of each. */
  readonly asked: Map<string, PaymentOpRequested>;
  captured: bigint;
  captures: number;
  refunds: OrderRefunds | null;
  disputes: Map<string, Dispute> | null;
  lookUps: number;
  end: 'confirmed' | 'closed' | null;
}

/**
 * The money of every order of the partition, and what speaks against each event about it. Folded by rule I-10; the
 * rules after it look at the accounts.
 */
export class OrderAccounts {
  private accounts = new Map<string, Account>();

  of(orderId: string): Account | undefined {
    return this.accounts.get(orderId);
  }

  all(): Iterable<[string, Account]> {
    return this.accounts;
  }

  leavePartition(): void {
    this.accounts = new Map();
  }

  /** Folds an event of an order; what speaks against it, or null. */
  fold(body: EventBody): string | null {
    if (body.type === 'OrderPlaced') return this.place(body);
    const account = 'orderId' in body ? this.accounts.get(body.orderId) : undefined;
    if (!account)
      return body.type === 'PaymentCaptured' ? `a capture for ${body.orderId}, which was never placed` : null;
    if (!isOfMoney(body)) return null;
    switch (body.type) {
      case 'PaymentOpRequested':
        return ask(account, body);
      case 'PaymentAuthorized':
      case 'PaymentCaptured':
      case 'PaymentVoided':
        return take(account, body);
      case 'OrderConfirmed':
        return confirm(account, body);
      case 'OrderClosed':
        return close(account, body);
      case 'ShipmentRecorded':
        return account.captured === account.money.total
          ? null
          : `pieces are shipped with ${account.captured} captured of ${account.money.total}`;
      case 'RefundRequested':
        return refund(account, body);
      case 'RefundRecorded':
        return (
          account.refunds?.record(body, account.captured) ?? (account.refunds ? null : 'it has no refund')
        );
      case 'RefundDue':
        return account.refunds ? account.refunds.owe(body) : 'it has no refund';
      case 'DisputeRecorded':
        return dispute(account, body);
      case 'LookUpRequested':
        account.lookUps += 1;
        return body.n === account.lookUps ? null : `look-up ${body.n} after ${account.lookUps - 1}`;
      default:
        return assertNever(body);
    }
  }

  private place(body: OrderPlaced): string | null {
    const money = moneyOf(body);
    const { orderId, lines, taxRule, shippingMinor, shippingTaxMinor, currency } = body;
    this.accounts.set(orderId, {
      placed: { orderId, lines, taxRule, shippingMinor, shippingTaxMinor, currency },
      money,
      asked: new Map(),
      captured: 0n,
      captures: 0,
      refunds: null,
      disputes: null,
      lookUps: 0,
      end: null,
    });
    if (BigInt(body.totalMinor) !== money.total)
      return `it has the total ${body.totalMinor}, its lines come to ${money.total}`;
    if (!lines.every((line) => BigInt(line.taxMinor) === lineTax(line, taxRule)))
      return 'the tax of a line is not its rate’s';
    if (body.discountMinor === 0 && lines.every(({ shareMinor }) => shareMinor === 0)) return null;
    const shares = sharesOf(lines, body.discountMinor);
    return shares !== null && lines.every((line, i) => BigInt(line.shareMinor) === shares[i])
      ? null
      : `its discount of ${body.discountMinor} is not shared by its lines as ${shares?.join(', ') ?? 'they cannot'}`;
  }
}

/** Money that is, or may be, with the bank of the customer again. */
export const disputesOf = ({ disputes }: Account, as: Dispute['as']): bigint => {
  let sum = 0n;
  for (const one of disputes?.values() ?? []) if (one.as === as) sum += BigInt(one.amountMinor);
  return sum;
};

/** What is wrong with the account of a closed order: all that was captured goes back, or is owed. */
export function wronglyClosed(account: Account): string | null {
  const { captured, refunds } = account;
  const back = refunds?.notFailed ?? 0n;
  const debt = captured - back;
  if (debt === 0n) return null;
  const excused = (refunds?.due ?? 0n) + disputesOf(account, 'lost') + disputesOf(account, 'open');
  return debt > 0n && debt <= excused
    ? null
    : `is captured and not confirmed: ${captured} were captured, ${back} go back`;
}

/** An operation may be asked for again, by the same attempt with the same words; a new attempt is the next number. */
function ask({ money, asked, refunds }: Account, body: PaymentOpRequested): string | null {
  const { opId, attempt, kind, amountMinor, currency, key } = body;
  const before = asked.get(opId);
  asked.set(opId, body);
  const wanted = kind === 'refund' ? (refunds?.amountOf(opId) ?? null) : money.total;
  if (wanted === null) return `${opId} gives back what no RefundRequested names`;
  if (BigInt(amountMinor) !== wanted || currency !== money.currency)
    return `${opId} asks for ${amountMinor} ${currency}, it is ${wanted} ${money.currency}`;
  if (before === undefined) return attempt === 1 ? null : `${opId} begins with attempt ${attempt}`;
  if (attempt === before.attempt)
    return key === before.key ? null : `${opId}/${attempt} is asked for again under another key`;
  return attempt === before.attempt + 1 ? null : `${opId} goes from attempt ${before.attempt} to ${attempt}`;
}

function take(
  account: Account,
  body: Of<'PaymentAuthorized'> | Of<'PaymentCaptured'> | Of<'PaymentVoided'>,
): string | null {
  const intent = account.asked.get(body.opId);
  if (body.type === 'PaymentCaptured') {
    account.captured += BigInt(body.amountMinor);
    account.captures += 1;
  }
  if (!intent || intent.kind === 'refund' || intent.attempt < body.attempt)
    return `${body.type} for ${body.opId}/${body.attempt}, which was never asked for`;
  if (intent.amountMinor !== body.amountMinor || intent.currency !== body.currency)
    return `${body.type} of ${body.amountMinor} ${body.currency}, asked was ${intent.amountMinor} ${intent.currency}`;
  return account.captures <= 1 ? null : `it is captured ${account.captures} times`;
}

function confirm(account: Account, body: Of<'OrderConfirmed'>): string | null {
  const { money } = account;
  account.end = 'confirmed';
  if (account.captured !== money.total)
    return `it is confirmed with ${account.captured} captured of ${money.total}`;
  const isSold =
    BigInt(body.totalMinor) === money.total &&
    body.currency === money.currency &&
    BigInt(body.taxMinor) === money.tax &&
    body.lines.length === money.nets.length &&
    body.lines.every(({ netMinor }, i) => BigInt(netMinor) === money.nets[i]);
  return isSold ? null : 'its sale is not the money it was placed with';
}

function close(account: Account, body: Of<'OrderClosed'>): string | null {
  const { money } = account;
  account.end = 'closed';
  if (BigInt(body.totalMinor) !== money.total || body.currency !== money.currency)
    return `it is closed with ${body.totalMinor} ${body.currency}, placed with ${money.total} ${money.currency}`;
  return wronglyClosed(account);
}

function refund(account: Account, body: Of<'RefundRequested'>): string | null {
  account.refunds ??= new OrderRefunds(account.placed);
  const wrong = account.refunds.request(body, account.captured, disputesOf(account, 'lost'));
  if (wrong !== null) return `refund ${body.refundId}: ${wrong}`;
  return disputesOf(account, 'open') > 0n
    ? `refund ${body.refundId} is asked for while the bank decides a dispute`
    : null;
}

function dispute(account: Account, body: DisputeRecorded): string | null {
  account.disputes ??= new Map();
  const before = account.disputes.get(body.disputeId);
  account.disputes.set(body.disputeId, body);
  if (body.currency !== account.money.currency) return `dispute ${body.disputeId} is in ${body.currency}`;
  if (BigInt(body.amountMinor) > account.captured)
    return `dispute ${body.disputeId} is of ${body.amountMinor}, ${account.captured} are captured`;
  return before === undefined || before.as === 'open'
    ? before?.as === body.as
      ? `dispute ${body.disputeId} is ${body.as} twice`
      : null
    : `dispute ${body.disputeId} was ${before.as} and is ${body.as}`;
}
