import type {
  Event as OrderEvent,
  OrderPlaced,
  PaymentOpRequested,
} from '../../../schemas/generated/orders-events.ts';
import { lineTax, moneyOf, type OrderMoney } from '../order-money.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';

interface Account {
  readonly money: OrderMoney;
  /** Money moves asked for, by `opId/attempt`. */
  readonly asked: Map<string, PaymentOpRequested>;
  captured: bigint;
  captures: number;
  end: 'confirmed' | 'closed' | null;
}

type Of<T extends OrderEvent['body']['type']> = Extract<OrderEvent['body'], { type: T }>;

/**
 * I-10: an order's total is its lines' money; captured = total once confirmed, else 0 at rest, with at most one
 * capture, each for an intent that was asked before, of its amount and currency. (No refunds or chargebacks exist in
 * this version.)
 */
export function createI10(): Rule {
  const findings = createFindings('I-10');
  let accounts = new Map<string, Account>();
  const notAtRest: string[] = [];

  function place(fact: Fact, body: OrderPlaced): void {
    const money = moneyOf(body);
    findings.check(
      BigInt(body.totalMinor) === money.total,
      () =>
        `${whereOf(fact)}: order ${body.orderId} has the total ${body.totalMinor}, its lines come to ${money.total}`,
    );
    const isTaxed = body.lines.every((line) => BigInt(line.taxMinor) === lineTax(line, body.taxRule));
    findings.check(
      isTaxed,
      () => `${whereOf(fact)}: a line's tax of order ${body.orderId} is not its rate's`,
    );
    accounts.set(body.orderId, { money, asked: new Map(), captured: 0n, captures: 0, end: null });
  }

  function ask(fact: Fact, account: Account, body: PaymentOpRequested): void {
    const { money, asked } = account;
    const isWhole = BigInt(body.amountMinor) === money.total && body.currency === money.currency;
    findings.check(
      isWhole,
      () =>
        `${whereOf(fact)}: ${body.opId} asks for ${body.amountMinor} ${body.currency}, the order is ${money.total} ${money.currency}`,
    );
    asked.set(`${body.opId}/${body.attempt}`, body);
  }

  function take(fact: Fact, account: Account, body: Of<'PaymentAuthorized'> | Of<'PaymentCaptured'>): void {
    const intent = account.asked.get(`${body.opId}/${body.attempt}`);
    const kind = body.type === 'PaymentCaptured' ? 'capture' : 'authorize';
    findings.check(
      intent?.kind === kind,
      () => `${whereOf(fact)}: ${body.type} for ${body.opId}/${body.attempt}, which was never asked for`,
    );
    const isSame =
      intent === undefined || (intent.amountMinor === body.amountMinor && intent.currency === body.currency);
    findings.check(
      isSame,
      () =>
        `${whereOf(fact)}: ${body.type} of ${body.amountMinor} ${body.currency}, asked was ${intent?.amountMinor} ${intent?.currency}`,
    );
    if (kind === 'authorize') return;
    account.captured += BigInt(body.amountMinor);
    account.captures += 1;
    findings.check(
      account.captures === 1,
      () => `${whereOf(fact)}: order ${body.orderId} is captured ${account.captures} times`,
    );
  }

  function confirm(fact: Fact, account: Account, body: Of<'OrderConfirmed'>): void {
    const { money } = account;
    account.end = 'confirmed';
    findings.check(
      account.captured === money.total,
      () =>
        `${whereOf(fact)}: order ${body.orderId} is confirmed with ${account.captured} captured of ${money.total}`,
    );
    const isSold =
      BigInt(body.totalMinor) === money.total &&
      body.currency === money.currency &&
      BigInt(body.taxMinor) === money.tax &&
      body.lines.length === money.nets.length &&
      body.lines.every(({ netMinor }, i) => BigInt(netMinor) === money.nets[i]);
    findings.check(
      isSold,
      () => `${whereOf(fact)}: the sale of order ${body.orderId} is not the money it was placed with`,
    );
  }

  function onOrder(fact: Fact, body: OrderEvent['body']): void {
    if (body.type === 'OrderPlaced') return place(fact, body);
    const account = 'orderId' in body ? accounts.get(body.orderId) : undefined;
    if (!account) {
      if (body.type === 'PaymentCaptured')
        findings.violate(`${whereOf(fact)}: a capture for ${body.orderId}, which was never placed`);
      return;
    }
    if (body.type === 'PaymentOpRequested') ask(fact, account, body);
    if (body.type === 'PaymentAuthorized' || body.type === 'PaymentCaptured') take(fact, account, body);
    if (body.type === 'OrderConfirmed') confirm(fact, account, body);
    if (body.type !== 'OrderClosed') return;
    account.end = 'closed';
    const isSame =
      BigInt(body.totalMinor) === account.money.total && body.currency === account.money.currency;
    findings.check(
      isSame,
      () =>
        `${whereOf(fact)}: order ${body.orderId} is closed with ${body.totalMinor} ${body.currency}, placed with ${account.money.total} ${account.money.currency}`,
    );
  }

  return {
    id: 'I-10',
    onFact(fact) {
      if (fact.processor === 'orders') onOrder(fact, (fact.event as OrderEvent).body);
    },
    onPartitionEnd({ processor }) {
      if (processor !== 'orders') return;
      for (const [orderId, { captured, end }] of accounts)
        if (end !== 'confirmed' && captured !== 0n) notAtRest.push(orderId);
      accounts = new Map();
    },
    end({ atRest }) {
      if (atRest)
        for (const orderId of notAtRest) findings.violate(`order ${orderId} is captured and not confirmed`);
      return findings.report();
    },
  };
}
