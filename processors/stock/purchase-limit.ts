/**
 * At most so many pieces a customer of one SKU, counted from the day the limit was set: what he holds, bought or got
 * shipped, without what was released or reversed. Whole pieces; changed in place by the fold alone.
 */
export interface PurchaseLimit {
  perCustomer: number;
  /** Pieces that count, by customer; none with 0. */
  readonly pieces: Map<string, number>;
  /** Customer of each open or committed hold that counts; a hold older than the limit does not. */
  readonly buyers: Map<string, string>;
}

export const createPurchaseLimit = (perCustomer: number): PurchaseLimit => ({
  perCustomer,
  pieces: new Map(),
  buyers: new Map(),
});

/** True if the customer may hold `quantity` more. */
export const isWithinLimit = (limit: PurchaseLimit | null, customerId: string, quantity: number): boolean =>
  limit === null || (limit.pieces.get(customerId) ?? 0) + quantity <= limit.perCustomer;

/** A new hold counts for its customer. */
export function countHold(
  limit: PurchaseLimit,
  { holdId, customerId, quantity }: { holdId: string; customerId: string; quantity: number },
): void {
  limit.buyers.set(holdId, customerId);
  limit.pieces.set(customerId, (limit.pieces.get(customerId) ?? 0) + quantity);
}

/** Pieces of a hold went back to where others may take them. */
export function uncountPieces(limit: PurchaseLimit, holdId: string, quantity: number): void {
  const customerId = limit.buyers.get(holdId);
  if (customerId === undefined) return;
  const left = (limit.pieces.get(customerId) ?? 0) - quantity;
  if (left > 0) limit.pieces.set(customerId, left);
  else limit.pieces.delete(customerId);
}

/** The hold has ended: what still counts of it counts from now on without it. */
export function forgetHold(limit: PurchaseLimit, holdId: string): void {
  limit.buyers.delete(holdId);
}
