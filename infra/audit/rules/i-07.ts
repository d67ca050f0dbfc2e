import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';

interface Hold {
  /** `store/SKU`. */
  readonly sku: string;
  readonly quantity: bigint;
  state: 'open' | 'committed' | 'released';
}

/**
 * I-07: a hold opens once and ends once, with one quantity; what a SKU holds is the sum of its open holds; at rest
 * there are none. A reply marked `repeat` changes nothing and says what was said before.
 */
export function createI07(): Rule {
  const findings = createFindings('I-07');
  let holds = new Map<string, Hold>();
  let heldBySku = new Map<string, bigint>();
  let open = 0;
  let firstOpen: string | null = null;

  const hold = (sku: string, quantity: bigint): void => {
    heldBySku.set(sku, (heldBySku.get(sku) ?? 0n) + quantity);
  };

  function onHold(fact: Fact, body: Extract<StockEvent['body'], { holdId: string }>): void {
    const where = (): string => `${whereOf(fact)}: hold ${body.holdId}`;
    const known = holds.get(body.holdId);
    const quantity = BigInt(body.quantity);
    if (body.type === 'HoldRefused') {
      const isLegal = body.reason === 'ended' ? known?.state !== 'open' : known === undefined;
      findings.check(isLegal, () => `${where()} is refused (${body.reason}) and is ${known?.state}`);
      return;
    }
    if (body.repeat) {
      const said =
        body.type === 'HoldReleased' ? 'released' : body.type === 'HoldCommitted' ? 'committed' : null;
      const isSaid =
        known !== undefined && (said === null ? known.state !== 'released' : known.state === said);
      findings.check(
        isSaid && known.quantity === quantity,
        () => `${where()}: the repeated ${body.type} of ${quantity} was not said before`,
      );
      return;
    }
    const sku = `${body.store}/${body.sku}`;
    if (body.type === 'HoldPlaced') {
      findings.check(known === undefined, () => `${where()} opens again, it is ${known?.state}`);
      holds.set(body.holdId, { sku, quantity, state: 'open' });
      hold(sku, quantity);
      return;
    }
    const to = body.type === 'HoldCommitted' ? 'committed' : 'released';
    if (!known) {
      // The tombstone of a hold that never opened.
      findings.check(
        to === 'released' && quantity === 0n,
        () => `${where()} is ${to} with ${quantity} and was never placed`,
      );
      holds.set(body.holdId, { sku, quantity, state: to });
      return;
    }
    findings.check(known.state === 'open', () => `${where()} is ${to} and has ended: ${known.state}`);
    findings.check(
      known.quantity === quantity,
      () => `${where()} of ${known.quantity} is ${to} with ${quantity}`,
    );
    known.state = to;
    hold(sku, -quantity);
  }

  return {
    id: 'I-07',
    onFact(fact) {
      if (fact.processor !== 'stock') return;
      const { body } = fact.event as StockEvent;
      if ('holdId' in body) onHold(fact, body);
    },
    onPartitionEnd({ processor, partition }) {
      if (processor !== 'stock') return;
      for (const [holdId, { sku, quantity, state }] of holds) {
        if (state !== 'open') continue;
        open += 1;
        firstOpen ??= holdId;
        hold(sku, -quantity);
      }
      for (const [sku, left] of heldBySku) {
        findings.check(
          left === 0n,
          () => `stock/${partition}: ${sku} holds ${left} more than its open holds`,
        );
      }
      holds = new Map();
      heldBySku = new Map();
    },
    end({ atRest }) {
      if (atRest && open > 0) findings.violate(`${open} holds are open at rest, for example ${firstOpen}`);
      return findings.report();
    },
  };
}
