import type {
  Event as OrderEvent,
  OrderConfirmed,
  OrderPlaced,
} from '../../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import type { OrderLines } from '../order-lines.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';

interface Order {
  /** Own sum of the lines by SKU. */
  readonly quantities: ReadonlyMap<string, bigint>;
  /** It was confirmed, whatever came after. */
  isSold: boolean;
  isClosed: boolean;
}

/** What an order asks of the pieces of one of its sales, and what stock did; by hold. */
interface Dealings {
  asked: Record<Dealing, bigint>;
  readonly done: Record<Dealing, bigint>;
}
type Dealing = 'reversed' | 'shipped' | 'restocked';

/**
 * I-08: a confirmed order has every line committed as ordered, a closed one has none left; what is sold is what was
 * placed; its pieces are cancelled, shipped, delivered and returned by the arithmetic of its lines, and stock
 * reverses, ships and restocks those pieces, no others. Folds `lines` for the rules after. Orders are read before stock,
 * so each commit meets its order.
 */
export function createI08(lines: OrderLines): Rule {
  const findings = createFindings('I-08');
  const orders = new Map<string, Order>();
  /** Holds that confirmed orders must find committed, by hold id. */
  const awaited = new Map<string, bigint>();
  const dealings = new Map<string, Dealings>();
  /** Without rest, stock may tell of an order that was placed after the orders were read. */
  let mayBeNewer = false;

  function place(fact: Fact, body: OrderPlaced): void {
    const quantities = bySku(body.lines);
    orders.set(body.orderId, { quantities, isSold: false, isClosed: false });
    lines.place(body);
    const asked = new Map(body.holds.map(({ sku, quantity }) => [sku, BigInt(quantity)]));
    const isSame = asked.size === body.holds.length && isSameBySku(asked, quantities);
    findings.check(
      isSame,
      () => `${whereOf(fact)}: order ${body.orderId} asks for other holds than its lines come to`,
    );
  }

  function confirm(fact: Fact, body: OrderConfirmed): void {
    const order = orders.get(body.orderId);
    if (!order)
      return findings.violate(`${whereOf(fact)}: order ${body.orderId} is confirmed and was never placed`);
    order.isSold = true;
    findings.check(
      isSameBySku(bySku(body.lines), order.quantities),
      () => `${whereOf(fact)}: order ${body.orderId} is confirmed with other units than were placed`,
    );
    for (const [sku, quantity] of order.quantities) awaited.set(`${body.orderId}:${sku}`, quantity);
  }

  const dealingsOf = (holdId: string): Dealings => {
    let of = dealings.get(holdId);
    if (!of) dealings.set(holdId, (of = { asked: noPieces(), done: noPieces() }));
    return of;
  };

  function onOrder(fact: Fact, body: OrderEvent['body']): void {
    if (body.type === 'OrderPlaced') place(fact, body);
    if (body.type === 'OrderConfirmed') confirm(fact, body);
    if (body.type === 'OrderClosed') {
      const order = orders.get(body.orderId);
      if (order) order.isClosed = true;
    }
    if (body.type === 'UnwindStarted')
      for (const { holdId, quantity } of body.commits) dealingsOf(holdId).asked.reversed += BigInt(quantity);
    if (!('lines' in body) || !isAboutPieces(body)) return;
    const wrong = lines.fold(body);
    findings.check(wrong === null, () => `${whereOf(fact)}: ${body.type} of order ${body.orderId}: ${wrong}`);
    const dealing = dealingOf(body);
    if (dealing === null) return;
    for (const { holdId, quantity } of body.lines) dealingsOf(holdId).asked[dealing] += BigInt(quantity);
  }

  function commit(fact: Fact, body: Extract<StockEvent['body'], { type: 'HoldCommitted' }>): void {
    const { holdId, orderId } = body;
    const order = orders.get(orderId);
    if (!order && mayBeNewer) return;
    const isUndone = dealings.get(holdId)?.asked.reversed === BigInt(body.quantity);
    findings.check(
      order !== undefined && (!order.isClosed || isUndone),
      () => `${whereOf(fact)}: ${holdId} is committed, its order is ${order ? 'closed' : 'unknown'}`,
    );
    if (!order?.isSold) return;
    const wanted = awaited.get(holdId);
    findings.check(
      wanted === BigInt(body.quantity),
      () =>
        `${whereOf(fact)}: ${body.quantity} are committed for ${holdId}, ordered were ${wanted ?? 'none, or they are committed already'}`,
    );
    awaited.delete(holdId);
  }

  /** Stock moves pieces of a sale: no more than the order asked for. */
  function move(fact: Fact, holdId: string, dealing: Dealing, quantity: number): void {
    const { asked, done } = dealingsOf(holdId);
    done[dealing] += BigInt(quantity);
    if (mayBeNewer && done[dealing] > asked[dealing]) return;
    findings.check(
      done[dealing] <= asked[dealing],
      () =>
        `${whereOf(fact)}: ${done[dealing]} pieces of ${holdId} are ${dealing}, its order asked for ${asked[dealing]}`,
    );
  }

  function onStock(fact: Fact, body: StockEvent['body']): void {
    if ('repeat' in body && body.repeat) return;
    if (body.type === 'HoldCommitted') commit(fact, body);
    if (body.type === 'CommitReversed') move(fact, body.holdId, 'reversed', body.quantity);
    if (body.type === 'AllocationShipped') move(fact, body.holdId, 'shipped', body.quantity);
    if (body.type === 'StockRestocked') move(fact, `${body.orderId}:${body.sku}`, 'restocked', body.quantity);
  }

  return {
    id: 'I-08',
    begin({ atRest }) {
      mayBeNewer = !atRest;
    },
    onFact(fact) {
      const { body } = fact.event as OrderEvent | StockEvent;
      if (fact.processor === 'orders') onOrder(fact, body as OrderEvent['body']);
      if (fact.processor === 'stock') onStock(fact, body as StockEvent['body']);
    },
    end({ atRest }) {
      for (const [holdId, quantity] of awaited)
        findings.violate(`the order of ${holdId} is confirmed, its ${quantity} are not committed`);
      if (!atRest) return findings.report();
      for (const [holdId, { asked, done }] of dealings)
        for (const dealing of ['reversed', 'shipped', 'restocked'] as const)
          findings.check(
            asked[dealing] === done[dealing],
            () => `${asked[dealing]} pieces of ${holdId} were to be ${dealing}, ${done[dealing]} are`,
          );
      return findings.report();
    },
  };
}

const noPieces = (): Record<Dealing, bigint> => ({ reversed: 0n, shipped: 0n, restocked: 0n });

type AboutPieces = Parameters<OrderLines['fold']>[0];

const aboutPieces = new Set<OrderEvent['body']['type']>([
  'LinesCancelled',
  'ShipmentRecorded',
  'DeliveryRecorded',
  'ReturnRequested',
  'ReturnReceived',
  'ReturnLapsed',
]);
const isAboutPieces = (body: OrderEvent['body']): body is AboutPieces => aboutPieces.has(body.type);

/** What stock must do with the pieces of an event, if anything. */
function dealingOf(body: AboutPieces): Dealing | null {
  if (body.type === 'LinesCancelled') return 'reversed';
  if (body.type === 'ShipmentRecorded') return 'shipped';
  return body.type === 'ReturnReceived' && body.sellable ? 'restocked' : null;
}

function bySku(lines: readonly { readonly sku: string; readonly quantity: number }[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0n) + BigInt(quantity));
  return sums;
}

const isSameBySku = (a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean =>
  a.size === b.size && [...a].every(([sku, quantity]) => b.get(sku) === quantity);
