// Generated from schemas/avro/orders.events.v1.avsc by `npm run generate`. Do not edit.

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

/** Units of one SKU for one order. */
export interface Hold {
  readonly holdId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** The order exists; its holds are asked for. */
export interface OrderPlaced {
  readonly type: 'OrderPlaced';
  readonly store: string;
  readonly orderId: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
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
  /** One for each SKU, in SKU order. */
  readonly holds: readonly Hold[];
  readonly holdUntilMs: number;
}

/** What stock said of one hold. */
export interface HoldRecorded {
  readonly type: 'HoldRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly holdId: string;
  readonly as: 'placed' | 'refused' | 'released' | 'reversed';
}

/** The intent to move money and its key, written before the socket opens. */
export interface PaymentOpRequested {
  readonly type: 'PaymentOpRequested';
  readonly store: string;
  readonly orderId: string;
  /** Whose key opens methodRef. */
  readonly customerId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly kind: 'authorize' | 'capture' | 'void' | 'refund';
  readonly key: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Sealed payment token; only to authorize. */
  readonly methodRef: string | null;
  readonly pspRef: string | null;
}

/** The money is reserved. */
export interface PaymentAuthorized {
  readonly type: 'PaymentAuthorized';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string;
  readonly captureBeforeMs: number | null;
}

/** The provider judged no. */
export interface PaymentDeclined {
  readonly type: 'PaymentDeclined';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly code: string;
  readonly next: 'never' | 'other-method' | 'later';
}

/** The money is taken. */
export interface PaymentCaptured {
  readonly type: 'PaymentCaptured';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string;
}

/** It is not known what the provider did. */
export interface PaymentUnknown {
  readonly type: 'PaymentUnknown';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly kind: 'authorize' | 'capture' | 'void' | 'refund';
  readonly amountMinor: number;
  readonly currency: string;
  readonly cause: string;
  readonly nextCheckAtMs: number | null;
  /** When a person, or the undo, takes over. */
  readonly decideByMs: number | null;
}

/** The reservation is dropped. */
export interface PaymentVoided {
  readonly type: 'PaymentVoided';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string | null;
}

/** The reservation ended by itself, or never came to be. */
export interface PaymentLapsed {
  readonly type: 'PaymentLapsed';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly reason: string;
}

/** The provider refuses to capture, and nothing was taken. */
export interface PaymentCaptureFailed {
  readonly type: 'PaymentCaptureFailed';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly code: string;
}

/** The provider is at it. */
export interface PaymentPending {
  readonly type: 'PaymentPending';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly kind: 'authorize' | 'capture' | 'void' | 'refund';
  readonly pspRef: string | null;
}

/** The customer must do something at the provider. */
export interface PaymentActionRequired {
  readonly type: 'PaymentActionRequired';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly pspRef: string | null;
  /** JSON the customer needs for it. */
  readonly client: string | null;
}

/** The provider shall be asked what is true; the payments worker asks. */
export interface LookUpRequested {
  readonly type: 'LookUpRequested';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  /** Number of the look-up within its order, from 1. */
  readonly n: number;
  readonly pspRef: string | null;
  readonly why: string;
  /** The provider event that gave the reason. */
  readonly hintId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly nextCheckAtMs: number | null;
  readonly decideByMs: number | null;
}

/** A cancel that waits for the next determinate answer. */
export interface CancelNoted {
  readonly type: 'CancelNoted';
  readonly store: string;
  readonly orderId: string;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** The holds are to become sales. */
export interface CommitStarted {
  readonly type: 'CommitStarted';
  readonly store: string;
  readonly orderId: string;
  readonly holds: readonly Hold[];
}

/** One hold has become a sale. */
export interface CommitRecorded {
  readonly type: 'CommitRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly holdId: string;
}

/** One line as sold. */
export interface SoldLine {
  readonly sku: string;
  readonly quantity: number;
  /** Quantity times unit less line discount. */
  readonly netMinor: number;
  readonly taxMinor: number;
}

/** Captured and known. Carries the sale for those who fold it without state. */
export interface OrderConfirmed {
  readonly type: 'OrderConfirmed';
  readonly store: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly lines: readonly SoldLine[];
  readonly totalMinor: number;
  readonly discountMinor: number;
  readonly shippingMinor: number;
  /** Tax of the lines and of shipping. */
  readonly taxMinor: number;
  readonly placedAtMs: number;
  readonly orderedAtMs: number | null;
}

/** The order is to be undone; what is undone is named here first. */
export interface UnwindStarted {
  readonly type: 'UnwindStarted';
  readonly store: string;
  readonly orderId: string;
  readonly to: 'Rejected' | 'Declined' | 'Expired' | 'Cancelled';
  readonly reason: string;
  /** To be released. */
  readonly holds: readonly Hold[];
  /** To be reversed. */
  readonly commits: readonly Hold[];
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** The order has come to rest without a sale. */
export interface OrderClosed {
  readonly type: 'OrderClosed';
  readonly store: string;
  readonly orderId: string;
  readonly as: 'Rejected' | 'Declined' | 'Expired' | 'Cancelled';
  readonly reason: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly placedAtMs: number;
  readonly orderedAtMs: number | null;
}

/** Some pieces of one line of an order. */
export interface OrderedPieces {
  /** Number of the line within its order, from 1. */
  readonly line: number;
  readonly sku: string;
  readonly holdId: string;
  readonly quantity: number;
}

/** Pieces that will not be shipped. */
export interface LinesCancelled {
  readonly type: 'LinesCancelled';
  readonly store: string;
  readonly orderId: string;
  readonly cancellationId: string;
  readonly lines: readonly OrderedPieces[];
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Pieces that left the building. */
export interface ShipmentRecorded {
  readonly type: 'ShipmentRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly shipmentId: string;
  readonly lines: readonly OrderedPieces[];
  readonly carrier: string | null;
  readonly trackingRef: string | null;
  /** Nothing is open any more. */
  readonly complete: boolean;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Pieces that arrived. */
export interface DeliveryRecorded {
  readonly type: 'DeliveryRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly deliveryId: string;
  readonly lines: readonly OrderedPieces[];
  /** All that was shipped has arrived, and nothing is open. */
  readonly complete: boolean;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Pieces that may come back. */
export interface ReturnRequested {
  readonly type: 'ReturnRequested';
  readonly store: string;
  readonly orderId: string;
  readonly returnId: string;
  readonly lines: readonly OrderedPieces[];
  readonly reason: string;
  /** When it happened by the claim of the caller. */
  readonly claimedAtMs: number | null;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Pieces that came back and were inspected. */
export interface ReturnReceived {
  readonly type: 'ReturnReceived';
  readonly store: string;
  readonly orderId: string;
  readonly returnId: string;
  readonly receiptId: string;
  readonly lines: readonly OrderedPieces[];
  readonly sellable: boolean;
  readonly condition: 'damaged' | 'to-supplier' | null;
  /** When it happened by the claim of the caller. */
  readonly claimedAtMs: number | null;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Pieces that were to come back and did not within their time. */
export interface ReturnLapsed {
  readonly type: 'ReturnLapsed';
  readonly store: string;
  readonly orderId: string;
  readonly returnId: string;
  readonly lines: readonly OrderedPieces[];
}

export interface RefundLine {
  readonly line: number;
  readonly sku: string;
  /** 0: an amount without pieces. */
  readonly quantity: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

/** Money of the order that goes back, and what it is for. */
export interface RefundRequested {
  readonly type: 'RefundRequested';
  readonly store: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly refundId: string;
  readonly opId: string;
  readonly origin: 'cancel' | 'cancel-lines' | 'return' | 'request' | 'late-money';
  readonly lines: readonly RefundLine[];
  /** With its tax. */
  readonly shippingMinor: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: string;
  /** When it happened by the claim of the caller. */
  readonly claimedAtMs: number | null;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** The determinate answer to a refund. */
export interface RefundRecorded {
  readonly type: 'RefundRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly refundId: string;
  readonly opId: string;
  readonly attempt: number;
  readonly as: 'succeeded' | 'failed';
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string | null;
  readonly code: string | null;
}

/** We owe this refund still: it failed, and a person must find another way. */
export interface RefundDue {
  readonly type: 'RefundDue';
  readonly store: string;
  readonly orderId: string;
  readonly refundId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly code: string;
}

/** The bank takes captured money back, or has decided about it. */
export interface DisputeRecorded {
  readonly type: 'DisputeRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly disputeId: string;
  readonly as: 'open' | 'won' | 'lost';
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string | null;
}

/** News of a provider about an order nobody placed yet. */
export interface HintKept {
  readonly type: 'HintKept';
  readonly store: string;
  /** Of the order nobody placed yet, or `psp:<pspRef>`. */
  readonly orderId: string;
  readonly command: string;
  readonly psp: string;
  readonly eventId: string;
  readonly kind: string;
  readonly pspRef: string;
  readonly opId: string | null;
}

/** Two sources of truth disagree. */
export interface DiscrepancyRecorded {
  readonly type: 'DiscrepancyRecorded';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string | null;
  readonly class: 'missing-here' | 'missing-there' | 'double' | 'amount' | 'currency' | 'state' | 'orphan' | 'contradiction';
  readonly ours: string;
  readonly theirs: string;
  readonly amountMinor: number;
  readonly currency: string;
}

/** Nobody but a person can decide this money. */
export interface PersonNeeded {
  readonly type: 'PersonNeeded';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string | null;
  readonly reason: string;
  readonly amountMinor: number;
  readonly currency: string;
}

/** What a person decided, and on what evidence. */
export interface PaymentResolved {
  readonly type: 'PaymentResolved';
  readonly store: string;
  readonly orderId: string;
  readonly opId: string;
  readonly as: 'done' | 'not-done';
  readonly by: string;
  readonly reason: string;
  readonly evidence: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** The order is at rest for so long that the processor forgets all but its id. */
export interface OrderArchived {
  readonly type: 'OrderArchived';
  readonly store: string;
  readonly orderId: string;
  /** The state it rests in. */
  readonly as: string;
  /** `atMs` of the event that brought it to rest. */
  readonly atRestSinceMs: number;
}

/** A new owner of the journal partition starts writing. Valid only if `follows` names the writer of the last valid Barrier. */
export interface Barrier {
  readonly type: 'Barrier';
  /** Random token of the new owner. */
  readonly writer: string;
  /** Writer of the last valid Barrier the new owner has read; null in an empty journal. */
  readonly follows: string | null;
}

/** Decision on a Tick: the watermark of the partition. */
export interface TimePassed {
  readonly type: 'TimePassed';
  /** Every command that arrived before has been decided; no later event is older. */
  readonly atMs: number;
}

/** The command changes nothing in this state. */
export interface CommandIgnored {
  readonly type: 'CommandIgnored';
  /** Type of the command. */
  readonly command: string;
  /** Record key: the aggregate. */
  readonly key: string;
  readonly reason: string;
  /** Of a command from outside: it is remembered, so a late copy has no effect either. */
  readonly commandId: string | null;
  readonly fingerprint: string | null;
}

/** The command is refused; a fact that says no and why. */
export interface CommandRefused {
  readonly type: 'CommandRefused';
  readonly command: string;
  readonly key: string;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  /** What a person needs beside the reason, for example the orders whose holds stand in the way. */
  readonly detail: string | null;
}

/** The inbox record cannot be read; its bytes are in the quarantine topic only. */
export interface CommandQuarantined {
  readonly type: 'CommandQuarantined';
  /** Inbox offset. */
  readonly offset: number;
  readonly reason: string;
  /** Hex digest of the value bytes; of nothing for a tombstone. */
  readonly sha256: string;
}

/** The command's decision threw, or a command of its key is parked before it: it waits for a Redrive, in order. */
export interface CommandParked {
  readonly type: 'CommandParked';
  /** Aggregate id: nothing of it is decided until the key is redriven. */
  readonly key: string;
  /** Type of the command; Tick where the aggregate's own due work threw. */
  readonly command: string;
  /** The inbox record's value as it stood, frame included, so personal fields stay encrypted. */
  readonly value: Uint8Array;
  /** `behind` a parked command, or name and text of the error, at most 200 characters, without values. */
  readonly reason: string;
}

/** A parked command was decided after all: the events after it, of the same cause, are its decision (none for a repeat). */
export interface CommandRedriven {
  readonly type: 'CommandRedriven';
  readonly key: string;
  /** Inbox offset of the parked command: the oldest parked one of its key. */
  readonly offset: number;
}

/** What a Redrive came to, or would have come to; after the commands it decided. */
export interface RedriveAnswered {
  readonly type: 'RedriveAnswered';
  readonly key: string;
  /** Decided on a copy: nothing changed. */
  readonly dryRun: boolean;
  readonly by: string;
  readonly reason: string;
  /** Parked commands decided, oldest first. */
  readonly decided: number;
  /** Parked commands that remain. */
  readonly left: number;
  /** Types of the events decided, in order. */
  readonly events: readonly string[];
  /** Why the first of those that remain still throws; null if none does or a limit ended the Redrive. */
  readonly failure: string | null;
}

/** An input the transition table calls impossible here: state kept, alarm. */
export interface AnomalyRecorded {
  readonly type: 'AnomalyRecorded';
  readonly command: string;
  readonly key: string;
  readonly state: string;
  readonly reason: string;
}

/** The inbox record this event decides, and the pair it carried if it came from a journal. */
export interface Cause {
  /** Inbox offset. */
  readonly offset: number;
  /** Source task, for example stock/3. */
  readonly source: string | null;
  readonly seq: number | null;
  readonly index: number | null;
}

export type EventBody =
  | OrderPlaced
  | HoldRecorded
  | PaymentOpRequested
  | PaymentAuthorized
  | PaymentDeclined
  | PaymentCaptured
  | PaymentUnknown
  | PaymentVoided
  | PaymentLapsed
  | PaymentCaptureFailed
  | PaymentPending
  | PaymentActionRequired
  | LookUpRequested
  | CancelNoted
  | CommitStarted
  | CommitRecorded
  | OrderConfirmed
  | UnwindStarted
  | OrderClosed
  | LinesCancelled
  | ShipmentRecorded
  | DeliveryRecorded
  | ReturnRequested
  | ReturnReceived
  | ReturnLapsed
  | RefundRequested
  | RefundRecorded
  | RefundDue
  | DisputeRecorded
  | HintKept
  | DiscrepancyRecorded
  | PersonNeeded
  | PaymentResolved
  | OrderArchived
  | Barrier
  | TimePassed
  | CommandIgnored
  | CommandRefused
  | CommandQuarantined
  | CommandParked
  | CommandRedriven
  | RedriveAnswered
  | AnomalyRecorded;

/** One record of the journal orders.events.v1. */
export interface Event<B = EventBody> {
  /** Dense number in the partition, first is 1. A Barrier takes no number: it repeats the last. */
  readonly seq: number;
  /** Token of the owner; valid while its Barrier is the last valid one. */
  readonly writer: string;
  readonly cause: Cause;
  /** The log's clock, ms since 1970; never falls within a partition. */
  readonly atMs: number;
  /** All messages of events up to this seq are acknowledged. */
  readonly routedThrough: number;
  /** Version of the reaction table this event was decided under. */
  readonly version: number;
  readonly body: B;
}

export const orderPlacedTaxRuleValues = [
  'exclusive',
  'inclusive',
] as const;

export const orderPlacedPricedByValues = [
  'catalogue',
  'channel',
] as const;

export const holdRecordedAsValues = [
  'placed',
  'refused',
  'released',
  'reversed',
] as const;

export const paymentOpRequestedKindValues = [
  'authorize',
  'capture',
  'void',
  'refund',
] as const;

export const paymentDeclinedNextValues = [
  'never',
  'other-method',
  'later',
] as const;

export const paymentUnknownKindValues = [
  'authorize',
  'capture',
  'void',
  'refund',
] as const;

export const paymentPendingKindValues = [
  'authorize',
  'capture',
  'void',
  'refund',
] as const;

export const unwindStartedToValues = [
  'Rejected',
  'Declined',
  'Expired',
  'Cancelled',
] as const;

export const orderClosedAsValues = [
  'Rejected',
  'Declined',
  'Expired',
  'Cancelled',
] as const;

export const returnReceivedConditionValues = [
  'damaged',
  'to-supplier',
] as const;

export const refundRequestedOriginValues = [
  'cancel',
  'cancel-lines',
  'return',
  'request',
  'late-money',
] as const;

export const refundRecordedAsValues = [
  'succeeded',
  'failed',
] as const;

export const disputeRecordedAsValues = [
  'open',
  'won',
  'lost',
] as const;

export const discrepancyRecordedClassValues = [
  'missing-here',
  'missing-there',
  'double',
  'amount',
  'currency',
  'state',
  'orphan',
  'contradiction',
] as const;

export const paymentResolvedAsValues = [
  'done',
  'not-done',
] as const;

export const eventBodyTypes = [
  'OrderPlaced',
  'HoldRecorded',
  'PaymentOpRequested',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
  'PaymentVoided',
  'PaymentLapsed',
  'PaymentCaptureFailed',
  'PaymentPending',
  'PaymentActionRequired',
  'LookUpRequested',
  'CancelNoted',
  'CommitStarted',
  'CommitRecorded',
  'OrderConfirmed',
  'UnwindStarted',
  'OrderClosed',
  'LinesCancelled',
  'ShipmentRecorded',
  'DeliveryRecorded',
  'ReturnRequested',
  'ReturnReceived',
  'ReturnLapsed',
  'RefundRequested',
  'RefundRecorded',
  'RefundDue',
  'DisputeRecorded',
  'HintKept',
  'DiscrepancyRecorded',
  'PersonNeeded',
  'PaymentResolved',
  'OrderArchived',
  'Barrier',
  'TimePassed',
  'CommandIgnored',
  'CommandRefused',
  'CommandQuarantined',
  'CommandParked',
  'CommandRedriven',
  'RedriveAnswered',
  'AnomalyRecorded',
] as const;
