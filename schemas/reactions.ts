import type { EventBody as CatalogueEventBody } from './generated/catalogue-events.ts';
import type { EventBody as OrderEventBody } from './generated/orders-events.ts';
import type { EventBody as StockEventBody } from './generated/stock-events.ts';
import type { Body } from './envelope.ts';
import type { ProcessorName } from './topic-catalogue.ts';

/** Messages an event yields (`messages.md` §5). */
export interface Reaction {
  readonly to: ProcessorName;
  /** Type of the command. */
  readonly command: string;
  /** The list of the event with one message for each item, in its order; null: one message. */
  readonly each: 'holds' | 'commits' | 'lines' | null;
  /** Only where this flag of the event is set; null: always. */
  readonly where: 'sellable' | null;
}

/** One message of `react`: a command for another inbox. Its number within the event is its position. */
export interface ReactionMessage<B extends Body = Body> {
  readonly to: ProcessorName;
  readonly key: string;
  readonly store: string;
  readonly body: B;
}

/**
 * Version of each processor's table below, stamped on every event. `react` is frozen for each version: a take-over in
 * a later release must send the same messages under the same numbers (`golden/` beside each `react`).
 */
export const reactionVersions = { orders: 2, stock: 2, catalogue: 1 } as const satisfies Record<
  ProcessorName,
  number
>;

const none: readonly Reaction[] = [];
const toStock = (command: string, each: Reaction['each'] = 'holds'): readonly Reaction[] => [
  { to: 'stock', command, each, where: null },
];
const reply = (command: string): readonly Reaction[] => [{ to: 'orders', command, each: null, where: null }];

export const orderReactions: Readonly<Record<OrderEventBody['type'], readonly Reaction[]>> = {
  OrderPlaced: toStock('PlaceHold'),
  HoldRecorded: none,
  // the payments worker reads the journal
  PaymentOpRequested: none,
  PaymentAuthorized: none,
  PaymentDeclined: none,
  PaymentCaptured: none,
  PaymentUnknown: none,
  PaymentVoided: none,
  PaymentLapsed: none,
  PaymentCaptureFailed: none,
  PaymentPending: none,
  PaymentActionRequired: none,
  LookUpRequested: none,
  CancelNoted: none,
  CommitStarted: toStock('CommitHold'),
  CommitRecorded: none,
  OrderConfirmed: none,
  // version 1 had nothing to reverse: its `commits` are empty
  UnwindStarted: [...toStock('ReleaseHold'), ...toStock('ReverseCommit', 'commits')],
  OrderClosed: none,
  LinesCancelled: toStock('ReverseCommit', 'lines'),
  ShipmentRecorded: toStock('ShipAllocated', 'lines'),
  DeliveryRecorded: none,
  ReturnRequested: none,
  ReturnReceived: [{ to: 'stock', command: 'Restock', each: 'lines', where: 'sellable' }],
  ReturnLapsed: none,
  RefundRequested: none,
  RefundRecorded: none,
  RefundDue: none,
  DisputeRecorded: none,
  HintKept: none,
  DiscrepancyRecorded: none,
  PersonNeeded: none,
  PaymentResolved: none,
  OrderArchived: none,
  Barrier: none,
  TimePassed: none,
  CommandIgnored: none,
  CommandRefused: none,
  CommandQuarantined: none,
  CommandParked: none,
  CommandRedriven: none,
  RedriveAnswered: none,
  AnomalyRecorded: none,
};

export const stockReactions: Readonly<Record<StockEventBody['type'], readonly Reaction[]>> = {
  StockReceived: none,
  StockAdjusted: none,
  SkuHalted: none,
  SkuResumed: none,
  StockRestocked: none,
  PurchasesLimited: none,
  HoldPlaced: reply('HoldPlaced'),
  HoldRefused: reply('HoldRefused'),
  HoldCommitted: reply('HoldCommitted'),
  HoldReleased: reply('HoldReleased'),
  CommitReversed: reply('CommitReversed'),
  AllocationShipped: none,
  Barrier: none,
  TimePassed: none,
  CommandIgnored: none,
  CommandRefused: none,
  CommandQuarantined: none,
  CommandParked: none,
  CommandRedriven: none,
  RedriveAnswered: none,
  AnomalyRecorded: none,
};

export const catalogueReactions: Readonly<Record<CatalogueEventBody['type'], readonly Reaction[]>> = {
  ProductPut: none,
  ProductRetired: none,
  Barrier: none,
  TimePassed: none,
  CommandIgnored: none,
  CommandRefused: none,
  CommandQuarantined: none,
  CommandParked: none,
  CommandRedriven: none,
  RedriveAnswered: none,
  AnomalyRecorded: none,
};
