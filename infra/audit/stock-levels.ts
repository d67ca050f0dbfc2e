import { assertNever } from '../../schemas/assert-never.ts';
import type { SkuBody } from './walks.ts';

/** One SKU as its events say; BigInt, so that no sum ever rounds. Each level is counted apart, not derived. */
export interface Levels {
  received: bigint;
  adjusted: bigint;
  committed: bigint;
  held: bigint;
  onHand: bigint;
  allocated: bigint;
  halted: boolean;
}

const nothing = (): Levels => ({
  received: 0n,
  adjusted: 0n,
  committed: 0n,
  held: 0n,
  onHand: 0n,
  allocated: 0n,
  halted: false,
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
  switch (body.type) {
    case 'StockReceived':
      levels.received += BigInt(body.quantity);
      levels.onHand += BigInt(body.quantity);
      return true;
    case 'StockAdjusted':
      levels.adjusted += BigInt(body.quantity);
      levels.onHand += BigInt(body.quantity);
      return true;
    case 'SkuHalted':
    case 'SkuResumed':
      levels.halted = body.type === 'SkuHalted';
      return true;
    case 'HoldPlaced':
      if (body.repeat) return false;
      levels.held += BigInt(body.quantity);
      return true;
    case 'HoldCommitted':
      if (body.repeat) return false;
      levels.held -= BigInt(body.quantity);
      levels.onHand -= BigInt(body.quantity);
      levels.committed += BigInt(body.quantity);
      levels.allocated += BigInt(body.quantity);
      return true;
    case 'HoldReleased':
      if (body.repeat || body.quantity === 0) return false;
      levels.held -= BigInt(body.quantity);
      return true;
    case 'HoldRefused':
      return false;
    default:
      return assertNever(body);
  }
}
