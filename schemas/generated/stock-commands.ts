// Generated from schemas/avro/stock.commands.v1.avsc by `npm run generate`. Do not edit.

/** Sellable units arrive. */
export interface ReceiveStock {
  readonly type: 'ReceiveStock';
  readonly sku: string;
  /** 1 to 1,000,000,000. */
  readonly quantity: number;
  readonly reason: string;
}

/** A count or an incident changes the units on hand. */
export interface AdjustStock {
  readonly type: 'AdjustStock';
  readonly sku: string;
  /** Signed, not 0. */
  readonly quantity: number;
  readonly reason: 'opening' | 'count-gain' | 'count-loss' | 'damaged' | 'lost' | 'found' | 'own-use' | 'to-supplier' | 'correction';
  /** The movement a correction names. */
  readonly corrects: string | null;
}

/** Stop selling the SKU. */
export interface Halt {
  readonly type: 'Halt';
  readonly sku: string;
  readonly reason: string;
}

/** Sell the SKU again. */
export interface Resume {
  readonly type: 'Resume';
  readonly sku: string;
  readonly reason: string;
}

/** Pieces that came back and can be sold again: one for each line of a receipt. */
export interface Restock {
  readonly type: 'Restock';
  readonly sku: string;
  readonly returnId: string;
  /** Which line of which receipt of the return: it may come back in parts, and two lines may be of one SKU. */
  readonly receiptId: string;
  readonly orderId: string;
  readonly quantity: number;
}

/** At most so many pieces a customer from now on; null lifts the limit. */
export interface LimitPurchases {
  readonly type: 'LimitPurchases';
  readonly sku: string;
  readonly perCustomer: number | null;
  readonly reason: string;
}

/** An order asks for units. */
export interface PlaceHold {
  readonly type: 'PlaceHold';
  readonly holdId: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly sku: string;
  readonly quantity: number;
  /** For display and audit: only the order ends its holds. */
  readonly untilMs: number;
}

/** The hold is to become a sale. */
export interface CommitHold {
  readonly type: 'CommitHold';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
}

/** The hold is to end. */
export interface ReleaseHold {
  readonly type: 'ReleaseHold';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly reason: string;
}

/** Pieces of a committed hold that are not shipped go back on hand. */
export interface ReverseCommit {
  readonly type: 'ReverseCommit';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** Pieces of a committed hold that left the building. */
export interface ShipAllocated {
  readonly type: 'ShipAllocated';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly shipmentId: string;
}

/** Decide the parked commands of this key, in order. */
export interface Redrive {
  readonly type: 'Redrive';
  /** Aggregate id. */
  readonly key: string;
  /** Decide on a copy and say what would happen. */
  readonly dryRun: boolean;
  /** Who asks. */
  readonly by: string;
  /** Why. */
  readonly reason: string;
}

/** The log's clock as a record, appended by the owner of the partition. */
export interface Tick {
  readonly type: 'Tick';
  readonly writer: string;
}

export type CommandBody =
  | ReceiveStock
  | AdjustStock
  | Halt
  | Resume
  | Restock
  | LimitPurchases
  | PlaceHold
  | CommitHold
  | ReleaseHold
  | ReverseCommit
  | ShipAllocated
  | Redrive
  | Tick;

/** One record of the inbox stock.commands.v1. */
export interface Command<B = CommandBody> {
  /** Tenant, from the credential; empty for a Tick. */
  readonly store: string;
  /** Crockford base32 hash of store, route, path and Idempotency-Key; only on commands from outside. */
  readonly commandId: string | null;
  /** HMAC of the request: `<secret id>.<hex>`. */
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  readonly body: B;
}

export const adjustStockReasonValues = [
  'opening',
  'count-gain',
  'count-loss',
  'damaged',
  'lost',
  'found',
  'own-use',
  'to-supplier',
  'correction',
] as const;

export const commandBodyTypes = [
  'ReceiveStock',
  'AdjustStock',
  'Halt',
  'Resume',
  'Restock',
  'LimitPurchases',
  'PlaceHold',
  'CommitHold',
  'ReleaseHold',
  'ReverseCommit',
  'ShipAllocated',
  'Redrive',
  'Tick',
] as const;
