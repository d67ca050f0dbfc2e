import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Rule, whereOf } from '../rule.ts';
import type { Walks } from '../walks.ts';

/**
 * I-04: the events of an order, of its money and of a SKU are a path of the published tables, so that nothing comes
 * after an end but what the table allows; an anomaly names the state its order was in. Moves `walks` for the rules after.
 */
export function createI04(walks: Walks): Rule {
  const findings = createFindings('I-04');
  return {
    id: 'I-04',
    onFact(fact) {
      const { processor, event } = fact;
      if (processor === 'orders') {
        const body = event.body as OrderBody;
        if ('orderId' in body) {
          const wrong = walks.walkOrder(body, event.atMs);
          findings.check(wrong === null, () => `${whereOf(fact)}: ${wrong}`);
        } else if (body.type === 'AnomalyRecorded') {
          const order = walks.orders.get(body.key);
          const state = order?.state ?? 'none';
          findings.check(
            // Of an archived order the processor knows no state.
            order?.isArchived === true || body.state.split('/')[0] === state,
            () => `${whereOf(fact)}: the anomaly says order ${body.key} is ${body.state}, it is ${state}`,
          );
        }
      }
      if (processor !== 'stock') return;
      const body = event.body as StockBody;
      if (!('sku' in body)) return;
      const wrong = walks.walkSku(body);
      findings.check(wrong === null, () => `${whereOf(fact)}: ${wrong}`);
    },
    end: () => findings.report(),
  };
}
