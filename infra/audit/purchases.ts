import type { SkuBody } from './walks.ts';

/** Pieces each customer has of one SKU with a limit. */
interface Limited {
  most: bigint;
  readonly pieces: Map<string, bigint>;
  /** Customer of each hold that counts. */
  readonly buyers: Map<string, string>;
}

/**
 * Limits of purchases by SKU (`store/SKU`): what a customer holds, bought or got shipped since the limit was set, less
 * what was released or reversed. A limit that is lifted forgets its counts.
 */
export class Purchases {
  private readonly skus = new Map<string, Limited>();

  /** How many more pieces the customer may hold; null without a limit. */
  leftFor(key: string, customerId: string): bigint | null {
    const limited = this.skus.get(key);
    return limited ? limited.most - (limited.pieces.get(customerId) ?? 0n) : null;
  }

  fold(key: string, body: SkuBody): void {
    if (body.type === 'PurchasesLimited') return this.limit(key, body.perCustomer);
    const limited = this.skus.get(key);
    if (!limited || !('holdId' in body) || ('repeat' in body && body.repeat)) return;
    const { holdId } = body;
    const quantity = BigInt(body.quantity);
    if (body.type === 'HoldPlaced') {
      limited.buyers.set(holdId, body.customerId);
      limited.pieces.set(body.customerId, (limited.pieces.get(body.customerId) ?? 0n) + quantity);
      return;
    }
    const buyer = limited.buyers.get(holdId);
    if (buyer === undefined || (body.type !== 'HoldReleased' && body.type !== 'CommitReversed')) return;
    limited.pieces.set(buyer, (limited.pieces.get(buyer) ?? 0n) - quantity);
  }

  clear(): void {
    this.skus.clear();
  }

  private limit(key: string, perCustomer: number | null): void {
    const limited = this.skus.get(key);
    if (perCustomer === null) this.skus.delete(key);
    else if (limited) limited.most = BigInt(perCustomer);
    else this.skus.set(key, { most: BigInt(perCustomer), pieces: new Map(), buyers: new Map() });
  }
}
