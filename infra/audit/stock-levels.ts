import { assertNever } from '../../schemas/assert-never.ts';
import type { SkuBody } from './walks.ts';

/** One SKU as its events say; BigInt, so that no sum ever rounds. Each level is counted apart, not derived. */
export interface Levels {
  received: bigint;
  /** Returned pieces that are sellable again. */
  restocked: bigint;
  adjusted: bigint;
  committed: bigint;
  /** Committed pieces that went back on hand. */
  reversed: bigint;
  /** Committed pieces that left the building. */
  shipped: bigint;
  held: bigint;
  onHand: bigint;
  allocated: bigint;
  halted: boolean;
  /** Pieces a customer may buy; null without a limit. */
  limit: bigint | null;
}

const nothing = (): Levels => ({
  received: 0n,
  restocked: 0n,
  adjusted: 0n,
  committed: 0n,
  reversed: 0n,
  shipped: 0n,
  held: 0n,
  onHand: 0n,
  allocated: 0n,
  halted: false,
  limit: null,
});

/** The levels of every SKU of the partition, folded by rule I-06; the rules after it look at them. */
export class StockLevels {
  private skus = new Map<string, Levels>();

  /** By `store/SKU`; undefined for one that nothing was ever received of. */
  of(key: string): Levels | undefined {
    return this.skus.get(key);
  }

  /** Folds the event and returns the levels after it. What names a SKU without changing it does not make it known. */
  fold(key: string, body: SkuBody): Levels {
    const known = this.skus.get(key);
    const levels = known ?? nothing();
    if (apply(levels, body) && !known) this.skus.set(key, levels);
    return levels;
  }

  leavePartition(): void {
    this.skus = new Map();
  }
}

/** Folds the event; true if it makes the SKU known or changes it. */
function apply(levels: Levels, body: SkuBody): boolean {
  if ('repeat' in body && body.repeat) return false;
  const pieces = 'quantity' in body ? BigInt(body.quantity) : 0n;
  switch (body.type) {
    case 'StockReceived':
      levels.received += pieces;
      levels.onHand += pieces;
      return true;
    case 'StockRestocked':
      levels.restocked += pieces;
      levels.onHand += pieces;
      return true;
    case 'StockAdjusted':
      levels.adjusted += pieces;
      levels.onHand += pieces;
      return true;
    case 'SkuHalted':
    case 'SkuResumed':
      levels.halted = body.type === 'SkuHalted';
      return true;
    case 'PurchasesLimited':
      levels.limit = body.perCustomer === null ? null : BigInt(body.perCustomer);
      return true;
    case 'HoldPlaced':
      levels.held += pieces;
      return true;
    case 'HoldCommitted':
      levels.held -= pieces;
      levels.onHand -= pieces;
      levels.committed += pieces;
      levels.allocated += pieces;
      return true;
    case 'CommitReversed':
      levels.reversed += pieces;
      levels.allocated -= pieces;
      levels.onHand += pieces;
      return true;
    case 'AllocationShipped':
      levels.shipped += pieces;
      levels.allocated -= pieces;
      return true;
    case 'HoldReleased':
      levels.held -= pieces;
      // The tombstone of a hold that was never placed holds nothing.
      return pieces !== 0n;
    case 'HoldRefused':
      return false;
    default:
      return assertNever(body);
  }
}
