// Generated from schemas/avro/stock.events.v1.avsc by `npm run generate`. Do not edit.

/** Sellable units arrived. */
export interface StockReceived {
  readonly type: 'StockReceived';
  readonly store: string;
  readonly sku: string;
  readonly quantity: number;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Units on hand were corrected. */
export interface StockAdjusted {
  readonly type: 'StockAdjusted';
  readonly store: string;
  readonly sku: string;
  readonly quantity: number;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  /** The movement a correction names. */
  readonly corrects: string | null;
}

/** No new holds. */
export interface SkuHalted {
  readonly type: 'SkuHalted';
  readonly store: string;
  readonly sku: string;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Holds again. */
export interface SkuResumed {
  readonly type: 'SkuResumed';
  readonly store: string;
  readonly sku: string;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Returned pieces that can be sold again. */
export interface StockRestocked {
  readonly type: 'StockRestocked';
  readonly store: string;
  readonly sku: string;
  readonly returnId: string;
  /** Which line of which receipt of the return. */
  readonly receiptId: string;
  readonly orderId: string;
  readonly quantity: number;
  /** These pieces of the receipt were restocked before; nothing moved. */
  readonly repeat: boolean;
}

/** At most so many pieces a customer from now on; null: no limit. */
export interface PurchasesLimited {
  readonly type: 'PurchasesLimited';
  readonly store: string;
  readonly sku: string;
  readonly perCustomer: number | null;
  readonly reason: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** Units set aside for an order. */
export interface HoldPlaced {
  readonly type: 'HoldPlaced';
  readonly store: string;
  readonly sku: string;
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  readonly customerId: string;
  readonly untilMs: number;
  /** The same reply again to a repeated command: no level changes. */
  readonly repeat: boolean;
}

/** No hold; nothing changed. */
export interface HoldRefused {
  readonly type: 'HoldRefused';
  readonly store: string;
  readonly sku: string;
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  readonly reason: 'insufficient' | 'unknown-sku' | 'halted' | 'ended' | 'customer-limit';
  readonly available: number;
}

/** The hold became a sale: on hand falls, allocated rises. */
export interface HoldCommitted {
  readonly type: 'HoldCommitted';
  readonly store: string;
  readonly sku: string;
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  /** The same reply again to a repeated command: no level changes. */
  readonly repeat: boolean;
}

/** The hold has ended; also the tombstone of one never placed. */
export interface HoldReleased {
  readonly type: 'HoldReleased';
  readonly store: string;
  readonly sku: string;
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  readonly reason: string;
  /** The same reply again to a repeated command: no level changes. */
  readonly repeat: boolean;
}

/** Pieces of a committed hold that went back on hand. */
export interface CommitReversed {
  readonly type: 'CommitReversed';
  readonly store: string;
  readonly sku: string;
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  /** An answer given again; nothing moved. */
  readonly repeat: boolean;
}

/** Pieces of a committed hold that left the building. */
export interface AllocationShipped {
  readonly type: 'AllocationShipped';
  readonly store: string;
  readonly sku: string;
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  readonly shipmentId: string;
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
  | StockReceived
  | StockAdjusted
  | SkuHalted
  | SkuResumed
  | StockRestocked
  | PurchasesLimited
  | HoldPlaced
  | HoldRefused
  | HoldCommitted
  | HoldReleased
  | CommitReversed
  | AllocationShipped
  | Barrier
  | TimePassed
  | CommandIgnored
  | CommandRefused
  | CommandQuarantined
  | CommandParked
  | CommandRedriven
  | RedriveAnswered
  | AnomalyRecorded;

/** One record of the journal stock.events.v1. */
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

export const holdRefusedReasonValues = [
  'insufficient',
  'unknown-sku',
  'halted',
  'ended',
  'customer-limit',
] as const;

export const eventBodyTypes = [
  'StockReceived',
  'StockAdjusted',
  'SkuHalted',
  'SkuResumed',
  'StockRestocked',
  'PurchasesLimited',
  'HoldPlaced',
  'HoldRefused',
  'HoldCommitted',
  'HoldReleased',
  'CommitReversed',
  'AllocationShipped',
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
