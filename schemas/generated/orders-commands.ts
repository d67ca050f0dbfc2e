// Generated from schemas/avro/orders.commands.v1.avsc by `npm run generate`. Do not edit.

/** One line with its frozen money. */
export interface OrderLine {
  readonly sku: string;
  /** Whole pieces, 1 to 100,000. */
  readonly quantity: number;
  readonly unitMinor: number;
  readonly discountMinor: number;
  /** Basis points. */
  readonly taxBp: number;
  readonly taxMinor: number;
  /** Version of the product that gave the price; 0 if the channel gave it. */
  readonly priceVersion: number;
}

/** A checkout asks for an order. */
export interface PlaceOrder {
  readonly type: 'PlaceOrder';
  readonly orderId: string;
  readonly customerId: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly lines: readonly OrderLine[];
  readonly discountMinor: number;
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
  readonly totalMinor: number;
  readonly taxRule: 'exclusive' | 'inclusive';
  /** Sealed: readable by the payment adapter only. */
  readonly paymentToken: string;
  /** Sealed JSON. */
  readonly shipTo: string | null;
  /** The caller's claim; no decision reads it. */
  readonly orderedAtMs: number | null;
  readonly pricedBy: 'catalogue' | 'channel';
}

/** Reply of stock: the units are set aside. */
export interface HoldPlaced {
  readonly type: 'HoldPlaced';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** Reply of stock: no hold. */
export interface HoldRefused {
  readonly type: 'HoldRefused';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly reason: 'insufficient' | 'unknown-sku' | 'halted' | 'ended';
}

/** Reply of stock: the hold became a sale. */
export interface HoldCommitted {
  readonly type: 'HoldCommitted';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** Reply of stock: the hold has ended. */
export interface HoldReleased {
  readonly type: 'HoldReleased';
  readonly holdId: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** What the payment provider answered to one try of one operation. */
export interface ReportOutcome {
  readonly type: 'ReportOutcome';
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  /** Counts sends of one attempt. */
  readonly try: number;
  readonly kind: 'authorize' | 'capture' | 'void' | 'refund';
  readonly is: 'ok' | 'no' | 'not_executed' | 'action' | 'pending' | 'unknown';
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly pspRef: string | null;
  readonly captureBeforeMs: number | null;
  readonly code: string | null;
  readonly next: 'never' | 'other-method' | 'later' | null;
  readonly cause: 'timeout' | 'reset' | 'server' | 'conflict' | 'mismatch' | 'unmapped' | 'silent' | null;
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
  | PlaceOrder
  | HoldPlaced
  | HoldRefused
  | HoldCommitted
  | HoldReleased
  | ReportOutcome
  | Redrive
  | Tick;

/** One record of the inbox orders.commands.v1. */
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

export const placeOrderTaxRuleValues = [
  'exclusive',
  'inclusive',
] as const;

export const placeOrderPricedByValues = [
  'catalogue',
  'channel',
] as const;

export const holdRefusedReasonValues = [
  'insufficient',
  'unknown-sku',
  'halted',
  'ended',
] as const;

export const reportOutcomeKindValues = [
  'authorize',
  'capture',
  'void',
  'refund',
] as const;

export const reportOutcomeNextValues = [
  'never',
  'other-method',
  'later',
] as const;

export const reportOutcomeCauseValues = [
  'timeout',
  'reset',
  'server',
  'conflict',
  'mismatch',
  'unmapped',
  'silent',
] as const;

export const commandBodyTypes = [
  'PlaceOrder',
  'HoldPlaced',
  'HoldRefused',
  'HoldCommitted',
  'HoldReleased',
  'ReportOutcome',
  'Redrive',
  'Tick',
] as const;
