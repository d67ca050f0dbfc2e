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
  /** Its share of the discount of the order, frozen when it was placed (domain §6). */
  readonly shareMinor: number;
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

/** Somebody wants the order not to happen. */
export interface CancelOrder {
  readonly type: 'CancelOrder';
  readonly orderId: string;
  readonly reason: string;
}

/** Some pieces of one line. */
export interface LineQuantity {
  /** Number of the line within its order, from 1. */
  readonly line: number;
  readonly quantity: number;
}

/** Pieces that shall not be shipped. */
export interface CancelLines {
  readonly type: 'CancelLines';
  readonly orderId: string;
  readonly lines: readonly LineQuantity[];
  readonly reason: string;
}

/** Pieces that left the building. */
export interface RecordShipment {
  readonly type: 'RecordShipment';
  readonly orderId: string;
  /** Empty: all that is open. */
  readonly lines: readonly LineQuantity[];
  readonly carrier: string | null;
  readonly trackingRef: string | null;
}

/** Pieces that arrived. */
export interface RecordDelivery {
  readonly type: 'RecordDelivery';
  readonly orderId: string;
  /** Empty: all that is on its way. */
  readonly lines: readonly LineQuantity[];
}

/** Pieces the customer wants to give back. */
export interface RequestReturn {
  readonly type: 'RequestReturn';
  readonly orderId: string;
  readonly returnId: string;
  /** Empty: all that was shipped and not asked back. */
  readonly lines: readonly LineQuantity[];
  readonly reason: string;
  /** When it happened by the claim of the caller. */
  readonly claimedAtMs: number | null;
}

/** Pieces of a return that came back and were inspected. */
export interface ReceiveReturn {
  readonly type: 'ReceiveReturn';
  readonly orderId: string;
  readonly returnId: string;
  /** Empty: all of the return that is not received. */
  readonly lines: readonly LineQuantity[];
  /** They go on hand again. */
  readonly sellable: boolean;
  /** Where they go if they are not sellable. */
  readonly condition: 'damaged' | 'to-supplier' | null;
  /** When it happened by the claim of the caller. */
  readonly claimedAtMs: number | null;
}

/** Money that shall go back: for the named pieces, or an amount spread over what is left. */
export interface RequestRefund {
  readonly type: 'RequestRefund';
  readonly orderId: string;
  readonly refundId: string;
  /** Empty with an amount. */
  readonly lines: readonly LineQuantity[];
  readonly amountMinor: number | null;
  /** Of the amount, by the caller. */
  readonly currency: string | null;
  readonly reason: string;
  /** When it happened by the claim of the caller. */
  readonly claimedAtMs: number | null;
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
  readonly reason: 'insufficient' | 'unknown-sku' | 'halted' | 'ended' | 'customer-limit';
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

/** Stock took back pieces of a committed hold. */
export interface CommitReversed {
  readonly type: 'CommitReversed';
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
  /** JSON the customer needs for the action. */
  readonly client: string | null;
  /** Of not_executed: may the same op be sent again. */
  readonly again: boolean | null;
  /** The provider repeated the answer it keeps under the key. */
  readonly replayed: boolean;
}

export interface DisputeFact {
  readonly id: string;
  readonly amountMinor: number;
  readonly status: 'open' | 'won' | 'lost';
}

export interface RefundFact {
  readonly opId: string | null;
  readonly amountMinor: number;
  readonly status: 'pending' | 'done' | 'failed';
}

/** What the provider shows of a payment when asked. */
export interface ReportFacts {
  readonly type: 'ReportFacts';
  readonly orderId: string;
  /** Of the look-up that asked. */
  readonly opId: string | null;
  readonly pspRef: string | null;
  /** Number of the look-up within its order. */
  readonly n: number;
  readonly found: 'found' | 'not-found' | 'unavailable';
  readonly authorizedMinor: number | null;
  readonly capturedMinor: number | null;
  readonly currency: string | null;
  readonly ended: 'voided' | 'lapsed' | 'declined' | null;
  readonly captureBeforeMs: number | null;
  readonly disputes: readonly DisputeFact[];
  readonly refunds: readonly RefundFact[];
}

/** A provider says that it has news: a reason to look, never a fact. */
export interface ProviderHint {
  readonly type: 'ProviderHint';
  /** `psp:<pspRef>` where no order is named: always the record key. */
  readonly orderId: string;
  readonly psp: string;
  readonly eventId: string;
  readonly kind: string;
  readonly pspRef: string;
  readonly opId: string | null;
  readonly livemode: boolean;
}

/** A line of a settlement file: a reason to look, never a fact. */
export interface SettlementLine {
  readonly type: 'SettlementLine';
  /** `psp:<pspRef>` where no order is named: always the record key. */
  readonly orderId: string;
  readonly psp: string;
  readonly lineId: string;
  /** ISO date of the settlement. */
  readonly day: string;
  readonly kind: 'charge' | 'refund' | 'dispute' | 'fee' | 'adjustment';
  readonly pspRef: string;
  readonly opId: string | null;
  readonly grossMinor: number;
  readonly feeMinor: number;
  readonly netMinor: number;
  readonly currency: string;
  readonly settledMinor: number | null;
  readonly settledCurrency: string | null;
}

/** What a person found out about an operation nobody else can decide. */
export interface ResolvePayment {
  readonly type: 'ResolvePayment';
  readonly orderId: string;
  readonly opId: string;
  readonly as: 'done' | 'not-done';
  readonly by: string;
  readonly reason: string;
  readonly evidence: string;
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
  | CancelOrder
  | CancelLines
  | RecordShipment
  | RecordDelivery
  | RequestReturn
  | ReceiveReturn
  | RequestRefund
  | HoldPlaced
  | HoldRefused
  | HoldCommitted
  | HoldReleased
  | CommitReversed
  | ReportOutcome
  | ReportFacts
  | ProviderHint
  | SettlementLine
  | ResolvePayment
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

export const receiveReturnConditionValues = [
  'damaged',
  'to-supplier',
] as const;

export const holdRefusedReasonValues = [
  'insufficient',
  'unknown-sku',
  'halted',
  'ended',
  'customer-limit',
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

export const reportFactsFoundValues = [
  'found',
  'not-found',
  'unavailable',
] as const;

export const reportFactsEndedValues = [
  'voided',
  'lapsed',
  'declined',
] as const;

export const settlementLineKindValues = [
  'charge',
  'refund',
  'dispute',
  'fee',
  'adjustment',
] as const;

export const resolvePaymentAsValues = [
  'done',
  'not-done',
] as const;

export const commandBodyTypes = [
  'PlaceOrder',
  'CancelOrder',
  'CancelLines',
  'RecordShipment',
  'RecordDelivery',
  'RequestReturn',
  'ReceiveReturn',
  'RequestRefund',
  'HoldPlaced',
  'HoldRefused',
  'HoldCommitted',
  'HoldReleased',
  'CommitReversed',
  'ReportOutcome',
  'ReportFacts',
  'ProviderHint',
  'SettlementLine',
  'ResolvePayment',
  'Redrive',
  'Tick',
] as const;
