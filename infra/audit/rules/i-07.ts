import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';
import type { Walks } from '../walks.ts';

interface Hold {
  /** `store/SKU`. */
  readonly sku: string;
  readonly orderId: string;
  readonly quantity: bigint;
  state: 'open' | 'committed' | 'released';
  /** Committed pieces that went back on hand, and that left the building. */
  reversed: bigint;
  shipped: bigint;
}

type OfHold<T extends StockEvent['body']['type']> = Extract<StockEvent['body'], { type: T; holdId: string }>;
type Undo = OfHold<'CommitReversed'> | OfHold<'AllocationShipped'>;

/**
 * I-07: a hold opens once and ends once, with one quantity: released, or committed, and then each of its pieces is
 * reversed or shipped once. What a SKU holds is the sum of its open holds; at rest there are none, but of orders that wait for a person. A reply marked
 * `repeat` changes nothing and says what was said before.
 */
export function createI07(walks: Walks): Rule {
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
    if ('repeat' in body && body.repeat) {
      findings.check(
        known !== undefined && isSaid(known, body.type, quantity),
        () => `${where()}: the repeated ${body.type} of ${quantity} was not said before`,
      );
      return;
    }
    if (body.type === 'CommitReversed' || body.type === 'AllocationShipped') return undo(fact, known, body);
    const sku = `${body.store}/${body.sku}`;
    if (body.type === 'HoldPlaced') {
      findings.check(known === undefined, () => `${where()} opens again, it is ${known?.state}`);
      holds.set(body.holdId, {
        sku,
        orderId: body.orderId,
        quantity,
        state: 'open',
        reversed: 0n,
        shipped: 0n,
      });
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
      holds.set(body.holdId, {
        sku,
        orderId: body.orderId,
        quantity,
        state: to,
        reversed: 0n,
        shipped: 0n,
      });
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

  /** Pieces of a sale go back on hand or leave the building: each once. */
  function undo(fact: Fact, known: Hold | undefined, body: Undo): void {
    const where = (): string => `${whereOf(fact)}: hold ${body.holdId}`;
    findings.check(
      known?.state === 'committed',
      () => `${where()}: ${body.type} of ${body.quantity}, it is ${known?.state ?? 'unknown'}`,
    );
    if (!known) return;
    if (body.type === 'CommitReversed') known.reversed += BigInt(body.quantity);
    else known.shipped += BigInt(body.quantity);
    const { quantity, reversed, shipped } = known;
    findings.check(
      reversed + shipped <= quantity,
      () => `${where()} of ${quantity} has ${reversed} reversed and ${shipped} shipped`,
    );
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
      for (const [holdId, { sku, orderId, quantity, state }] of holds) {
        if (state !== 'open') continue;
        hold(sku, -quantity);
        if (walks.waiting.has(orderId)) continue;
        open += 1;
        firstOpen ??= holdId;
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

/** Whether a repeated reply says what is true of the hold. */
function isSaid(
  { state, quantity, reversed }: Hold,
  reply: StockEvent['body']['type'],
  said: bigint,
): boolean {
  if (reply === 'CommitReversed') return state === 'committed' && said <= reversed;
  if (said !== quantity) return false;
  if (reply === 'HoldReleased') return state === 'released';
  return reply === 'HoldCommitted' ? state === 'committed' : state !== 'released';
}
