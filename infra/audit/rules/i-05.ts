import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';
import { isOfNoOrder, type OwnBody, type Walks } from '../walks.ts';

type Stage = 'open' | 'confirmed' | 'closed';

/**
 * I-05: orders placed = ended + open; each is placed once and ends once (after Confirmed only Closed(Cancelled) may
 * come); nothing speaks of an order that was never placed; at rest none is open but those whose money only a person can
 * decide.
 */
export function createI05(walks: Walks): Rule {
  const findings = createFindings('I-05');
  let orders = new Map<string, Stage>();
  const counts = { placed: 0, ended: 0, open: 0 };
  let firstOpen: string | null = null;
  let waiting = 0;

  function move(fact: Fact, orderId: string, allowed: readonly (Stage | undefined)[], to: Stage): void {
    const before = orders.get(orderId);
    findings.check(
      allowed.includes(before),
      () => `${whereOf(fact)}: order ${orderId} becomes ${to} and was ${before ?? 'never placed'}`,
    );
    orders.set(orderId, to);
  }

  return {
    id: 'I-05',
    onFact(fact) {
      const { processor, event } = fact;
      if (processor !== 'orders' || !('orderId' in event.body)) return;
      const { body } = event;
      const { orderId } = body;
      if (body.type === 'OrderPlaced') {
        counts.placed += 1;
        move(fact, orderId, [undefined], 'open');
      } else if (body.type === 'OrderConfirmed') {
        move(fact, orderId, ['open'], 'confirmed');
      } else if (body.type === 'OrderClosed') {
        const isCancel = body.as === 'Cancelled';
        move(fact, orderId, isCancel ? ['open', 'confirmed'] : ['open'], 'closed');
      } else if (!orders.has(orderId) && !isOfNoOrder(body as OwnBody)) {
        findings.violate(`${whereOf(fact)}: ${body.type} of order ${orderId}, which was never placed`);
      }
    },
    onPartitionEnd({ processor }) {
      if (processor !== 'orders') return;
      for (const [orderId, stage] of orders) {
        if (stage === 'open') {
          counts.open += 1;
          if (walks.orders.get(orderId)?.needsPerson) {
            waiting += 1;
            walks.waiting.add(orderId);
          } else firstOpen ??= orderId;
        } else counts.ended += 1;
      }
      orders = new Map();
    },
    end({ atRest }) {
      const { placed, ended, open } = counts;
      if (placed > 0)
        findings.check(
          placed === ended + open,
          () => `${placed} orders were placed, ${ended} ended and ${open} are open`,
        );
      if (atRest && open > waiting)
        findings.violate(`${open - waiting} orders are open at rest, for example ${firstOpen}`);
      return findings.report();
    },
  };
}
