import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';
import type { Walks } from '../walks.ts';

/** An order's word that a hold is to be released, or pieces of its sale reversed. */
interface Undo {
  readonly holdId: string;
  /** Operations whose outcome was not known then. */
  readonly doubtful: string | null;
}

/**
 * I-09: a hold's release has, up its cause chain, a determinate payment state: its cause is the message of an
 * `UnwindStarted` that names the hold, and no authorize, capture or void of the order was in flight or unknown there. The
 * same of a sale that is reversed, unless lines of it are cancelled. (A refund in flight does not delay stock.)
 */
export function createI09(walks: Walks): Rule {
  const findings = createFindings('I-09');
  /** By the message that asks for it. */
  const undone = new Map<string, Undo>();
  let mayBeNewer = false;

  function noteUndo({ partition, event }: Fact, body: OrderBody): void {
    if (body.type !== 'UnwindStarted' && body.type !== 'LinesCancelled') return;
    const isWhole = body.type === 'UnwindStarted';
    const doubts = isWhole ? [...(walks.orders.get(body.orderId)?.open ?? [])] : [];
    const doubtful = doubts.length > 0 ? doubts.join(', ') : null;
    const holds = isWhole ? [...body.holds, ...body.commits] : body.lines;
    for (const [index, { holdId }] of holds.entries())
      undone.set(`orders/${partition} ${event.seq}.${index}`, { holdId, doubtful });
  }

  return {
    id: 'I-09',
    begin({ atRest }) {
      mayBeNewer = !atRest;
    },
    onFact(fact) {
      const { processor, event } = fact;
      if (processor === 'orders') noteUndo(fact, event.body as OrderBody);
      if (processor !== 'stock') return;
      const body = event.body as StockBody;
      if ((body.type !== 'HoldReleased' && body.type !== 'CommitReversed') || body.repeat) return;
      const { source, seq, index } = event.cause;
      const undo = undone.get(`${source} ${seq}.${index}`);
      if (!undo && mayBeNewer) return;
      const is = body.type === 'HoldReleased' ? 'released' : 'reversed';
      findings.check(
        undo?.holdId === body.holdId,
        () => `${whereOf(fact)}: ${body.holdId} is ${is} by ${source} ${seq}.${index}, no order's unwinding`,
      );
      if (undo)
        findings.check(
          undo.doubtful === null,
          () => `${whereOf(fact)}: ${body.holdId} is ${is} while ${undo.doubtful} has no determinate answer`,
        );
    },
    end: () => findings.report('no hold was released'),
  };
}
