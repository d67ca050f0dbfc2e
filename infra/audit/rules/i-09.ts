import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Rule, whereOf } from '../rule.ts';
import type { Walks } from '../walks.ts';

/** An order's word that a hold is to be released. */
interface Release {
  readonly source: string;
  readonly seq: number;
  readonly index: number;
  /** Operations whose outcome was not known then. */
  readonly doubtful: string | null;
}

/**
 * I-09: a hold's release has, up its cause chain, a determinate payment state: its cause is the message of an
 * `UnwindStarted` that names the hold, and no authorize, capture or void of the order was in flight or unknown there.
 */
export function createI09(walks: Walks): Rule {
  const findings = createFindings('I-09');
  const releases = new Map<string, Release>();
  let mayBeNewer = false;

  return {
    id: 'I-09',
    begin({ atRest }) {
      mayBeNewer = !atRest;
    },
    onFact(fact) {
      const { processor, partition, event } = fact;
      if (processor === 'orders') {
        const body = event.body as OrderBody;
        if (body.type !== 'UnwindStarted') return;
        const open = walks.orders.get(body.orderId)?.open;
        const doubtful = open && open.size > 0 ? [...open].join(', ') : null;
        for (const [index, { holdId }] of body.holds.entries())
          releases.set(holdId, { source: `orders/${partition}`, seq: event.seq, index, doubtful });
      }
      if (processor !== 'stock') return;
      const body = event.body as StockBody;
      if (body.type !== 'HoldReleased' || body.repeat) return;
      const release = releases.get(body.holdId);
      if (!release && mayBeNewer) return;
      const { source, seq, index } = event.cause;
      const isAsked =
        release !== undefined && release.source === source && release.seq === seq && release.index === index;
      findings.check(
        isAsked,
        () =>
          `${whereOf(fact)}: ${body.holdId} is released by ${source} ${seq}.${index}, no order's unwinding`,
      );
      if (release)
        findings.check(
          release.doubtful === null,
          () =>
            `${whereOf(fact)}: ${body.holdId} is released while ${release.doubtful} has no determinate answer`,
        );
    },
    end: () => findings.report('no hold was released'),
  };
}
