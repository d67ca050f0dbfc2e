import type {
  Event as OrderEvent,
  OrderConfirmed,
  OrderPlaced,
} from '../../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';

interface Order {
  /** Own sum of the lines by SKU. */
  readonly quantities: ReadonlyMap<string, bigint>;
  end: 'confirmed' | 'closed' | null;
}

/**
 * I-08: a confirmed order has every line committed as ordered, a closed one has none; what is sold is what was
 * placed. Orders are read before stock, so each commit meets its order.
 */
export function createI08(): Rule {
  const findings = createFindings('I-08');
  const orders = new Map<string, Order>();
  /** Holds that confirmed orders must find committed, by hold id. */
  const awaited = new Map<string, bigint>();
  /** Without rest, stock may tell of an order that was placed after the orders were read. */
  let mayBeNewer = false;

  function place(fact: Fact, body: OrderPlaced): void {
    const quantities = bySku(body.lines);
    orders.set(body.orderId, { quantities, end: null });
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
    order.end = 'confirmed';
    findings.check(
      isSameBySku(bySku(body.lines), order.quantities),
      () => `${whereOf(fact)}: order ${body.orderId} is confirmed with other units than were placed`,
    );
    for (const [sku, quantity] of order.quantities) awaited.set(`${body.orderId}:${sku}`, quantity);
  }

  return {
    id: 'I-08',
    begin({ atRest }) {
      mayBeNewer = !atRest;
    },
    onFact(fact) {
      const { processor } = fact;
      if (processor === 'orders') {
        const { body } = fact.event as OrderEvent;
        if (body.type === 'OrderPlaced') place(fact, body);
        if (body.type === 'OrderConfirmed') confirm(fact, body);
        if (body.type === 'OrderClosed') {
          const order = orders.get(body.orderId);
          if (order) order.end = 'closed';
        }
      }
      if (processor !== 'stock') return;
      const { body } = fact.event as StockEvent;
      if (body.type !== 'HoldCommitted' || body.repeat) return;
      const { holdId, orderId } = body;
      const order = orders.get(orderId);
      if (!order && mayBeNewer) return;
      findings.check(
        order !== undefined && order.end !== 'closed',
        () => `${whereOf(fact)}: ${holdId} is committed, its order is ${order ? 'closed' : 'unknown'}`,
      );
      if (order?.end !== 'confirmed') return;
      const wanted = awaited.get(holdId);
      findings.check(
        wanted === BigInt(body.quantity),
        () =>
          `${whereOf(fact)}: ${body.quantity} are committed for ${holdId}, ordered were ${wanted ?? 'none, or they are committed already'}`,
      );
      awaited.delete(holdId);
    },
    end() {
      for (const [holdId, quantity] of awaited)
        findings.violate(`the order of ${holdId} is confirmed, its ${quantity} are not committed`);
      return findings.report();
    },
  };
}

function bySku(lines: readonly { readonly sku: string; readonly quantity: number }[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0n) + BigInt(quantity));
  return sums;
}

const isSameBySku = (a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean =>
  a.size === b.size && [...a].every(([sku, quantity]) => b.get(sku) === quantity);
