import type {
  DisputeRecorded,
  OrderedPieces,
  PaymentOpRequested,
  RefundLine,
  RefundRequested,
  ReturnReceived,
} from './generated/orders-events.ts';

/**
 * The order as readers see it, folded from orders.events. Written by the views, read by the API. Times are epoch ms by
 * the log's clock but where it says claimed. Lists are in the order of their first event.
 */
export interface OrderView {
  readonly orderId: string;
  readonly store: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  /** Why it ended as it did; null unless it closed without a sale. */
  readonly reason: string | null;
  readonly currency: string;
  readonly lines: readonly OrderLineView[];
  readonly discountMinor: number;
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
  readonly totalMinor: number;
  readonly taxRule: 'exclusive' | 'inclusive';
  readonly holds: readonly HoldView[];
  readonly payment: PaymentView;
  /** While it is being undone: what it will be then, and why. */
  readonly unwinding: { readonly to: ClosedStatus; readonly reason: string } | null;
  /** A cancel that waits for the next determinate answer about the money. */
  readonly cancelNoted: { readonly reason: string; readonly sinceMs: number } | null;
  readonly shipments: readonly ShipmentView[];
  readonly deliveries: readonly DeliveryView[];
  readonly returns: readonly ReturnView[];
  readonly refunds: readonly RefundView[];
  readonly disputes: readonly DisputeView[];
  /** What nobody but a person can decide, one for each operation. */
  readonly persons: readonly PersonView[];
  /** What became of the last `commandOutcomesMax` commands from outside, the newest last; its placing is not one. */
  readonly commands: readonly CommandOutcomeView[];
  /** Unpaid holds end then. */
  readonly holdUntilMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly orderedAtMs: number | null;
  readonly commandId: string | null;
  /** Of the request that placed it: a retry is compared with it when every cache is gone. */
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  /**
   * `<journal partition>.<seq>` of the last event that changed the document: the ETag. Answers to commands from outside
   * change it too; notes on replies and watermarks do not.
   */
  readonly position: string;
}

/** Outcomes a document keeps. */
export const commandOutcomesMax = 20;

/** Public words of an order's life (interface §2). */
export const orderStatuses = [
  'holding',
  'authorizing',
  'committing',
  'capturing',
  'unwinding',
  'confirmed',
  'shipped',
  'delivered',
  'rejected',
  'declined',
  'expired',
  'cancelled',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];
export type ClosedStatus = Extract<OrderStatus, 'rejected' | 'declined' | 'expired' | 'cancelled'>;

/** One line and what became of its pieces. `open` pieces are `quantity − cancelled − shipped`. */
export interface OrderLineView {
  /** From 1: how commands name it. */
  readonly line: number;
  readonly sku: string;
  readonly quantity: number;
  readonly unitMinor: number;
  readonly discountMinor: number;
  /** Its share of the order's discount. */
  readonly shareMinor: number;
  readonly taxBp: number;
  readonly taxMinor: number;
  readonly cancelled: number;
  readonly shipped: number;
  readonly delivered: number;
  /** Pieces of returns that were asked for and have not lapsed, received ones included. */
  readonly returnAsked: number;
  readonly returned: number;
}

export interface HoldView {
  readonly holdId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly state: 'asked' | 'placed' | 'refused' | 'committed' | 'released' | 'reversed';
}

export const paymentStatuses = [
  'none',
  'authorizing',
  /** The provider is at it. */
  'pending',
  /** The customer must do something at the provider. */
  'action-required',
  'authorized',
  'capturing',
  'captured',
  'declined',
  'voiding',
  'voided',
  /** The reservation ended by itself, or never came to be. */
  'lapsed',
  /** It is not known what the provider did. */
  'unknown',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];
type OpKind = PaymentOpRequested['kind'];

/** The money of the order but its refunds, which have each their own state. */
export interface PaymentView {
  readonly status: PaymentStatus;
  /** The operation the status speaks of, where one is under way, pending or unknown. */
  readonly kind: Exclude<OpKind, 'refund'> | null;
  readonly sinceMs: number | null;
  /** Code of a decline or of a refused capture. */
  readonly declineCode: string | null;
  readonly pspRef: string | null;
  /** The provider drops the reservation then. */
  readonly captureBeforeMs: number | null;
  /** JSON the customer needs while his action is required. */
  readonly client: string | null;
  readonly check: CheckView;
  readonly capturedMinor: number;
  /** Of refunds that succeeded, and did not fail after that. */
  readonly refundedMinor: number;
  /** Of lost disputes. */
  readonly chargedBackMinor: number;
  /** Times two sources of truth disagreed. */
  readonly discrepancies: number;
}

/** What is being done to find out about an operation. */
export interface CheckView {
  /** Why it is unknown; null while it is not. */
  readonly cause: string | null;
  /** 0 while nothing is unknown. */
  readonly atRiskMinor: number;
  /** Look-ups asked for since the operation's last answer. */
  readonly checks: number;
  readonly lastCheckedAtMs: number | null;
  readonly nextCheckAtMs: number | null;
  /** When a person, or the undo, takes over. */
  readonly decideByMs: number | null;
}

/** Some pieces of a line. */
export type PiecesView = Pick<OrderedPieces, 'line' | 'sku' | 'quantity'>;

export interface ShipmentView {
  readonly shipmentId: string;
  readonly lines: readonly PiecesView[];
  readonly carrier: string | null;
  readonly trackingRef: string | null;
  readonly atMs: number;
}

export interface DeliveryView {
  readonly deliveryId: string;
  readonly lines: readonly PiecesView[];
  readonly atMs: number;
}

export interface ReturnView {
  readonly returnId: string;
  /** `received` once all its pieces have been. */
  readonly status: 'requested' | 'received' | 'lapsed';
  readonly lines: readonly PiecesView[];
  readonly reason: string;
  readonly receipts: readonly ReceiptView[];
  readonly atMs: number;
  readonly claimedAtMs: number | null;
}

/** Pieces of a return as they were found. */
export interface ReceiptView {
  readonly receiptId: string;
  readonly lines: readonly PiecesView[];
  readonly sellable: boolean;
  readonly condition: ReturnReceived['condition'];
  readonly atMs: number;
}

export const refundStatuses = [
  'requested',
  'pending',
  'unknown',
  'succeeded',
  'failed',
  /** It failed and we owe it still. */
  'due',
] as const;

export interface RefundView {
  readonly refundId: string;
  readonly opId: string;
  readonly origin: RefundRequested['origin'];
  readonly status: (typeof refundStatuses)[number];
  /** Of the status. */
  readonly sinceMs: number;
  readonly amountMinor: number;
  /** Of the amount, with its tax. */
  readonly shippingMinor: number;
  readonly lines: readonly RefundLine[];
  readonly reason: string;
  /** Of a failure. */
  readonly code: string | null;
  readonly check: CheckView;
  readonly atMs: number;
  readonly claimedAtMs: number | null;
}

export interface DisputeView {
  readonly disputeId: string;
  readonly status: DisputeRecorded['as'];
  readonly amountMinor: number;
  readonly sinceMs: number;
}

export interface PersonView {
  /** Null: the order as a whole. */
  readonly opId: string | null;
  readonly reason: string;
  readonly amountMinor: number;
  readonly sinceMs: number;
}

/** What became of one command from outside. */
export interface CommandOutcomeView {
  readonly commandId: string;
  /** Of its body. */
  readonly fingerprint: string | null;
  /** `noted`: decided at the next determinate answer; `unchanged`: there was nothing to do. */
  readonly is: 'done' | 'noted' | 'refused' | 'unchanged';
  /** Type of the event that says so. */
  readonly event: string;
  /** Of a refusal, or why nothing changed. */
  readonly reason: string | null;
  readonly detail: string | null;
  readonly atMs: number;
  readonly position: string;
}

/** One event of an order as its stream shows it. */
export interface OrderEventView {
  /** `<journal partition>.<seq>`. */
  readonly position: string;
  readonly type: string;
  readonly atMs: number;
  readonly orderId: string;
  readonly store: string;
  /** The status after the event. */
  readonly status: OrderStatus;
}

/** Nothing is unknown, nobody was asked. */
export const noCheck: CheckView = {
  cause: null,
  atRiskMinor: 0,
  checks: 0,
  lastCheckedAtMs: null,
  nextCheckAtMs: null,
  decideByMs: null,
};

export const noPayment: PaymentView = {
  status: 'none',
  kind: null,
  sinceMs: null,
  declineCode: null,
  pspRef: null,
  captureBeforeMs: null,
  client: null,
  check: noCheck,
  capturedMinor: 0,
  refundedMinor: 0,
  chargedBackMinor: 0,
  discrepancies: 0,
};

/** A line nothing has become of yet. */
export const noPieces = { cancelled: 0, shipped: 0, delivered: 0, returnAsked: 0, returned: 0 } as const;

const newOrder = {
  unwinding: null,
  cancelNoted: null,
  shipments: [],
  deliveries: [],
  returns: [],
  refunds: [],
  disputes: [],
  persons: [],
  commands: [],
  holdUntilMs: 0,
} as const;

/** A document as the views have stored it, by this build or an earlier one. */
export const parseOrderView = (text: string): OrderView =>
  toOrderView(JSON.parse(text) as OrderView | OrderViewBefore);

/**
 * What a document of a build before version 3 of the journal does not say reads as if nothing of it had happened, which
 * is true of every order that build could fold; only its frozen shares and `holdUntilMs` read as 0 until the views are
 * rebuilt.
 */
export function toOrderView(stored: OrderView | OrderViewBefore): OrderView {
  if ('refunds' in stored) return stored;
  return {
    ...newOrder,
    ...stored,
    payment: { ...noPayment, ...stored.payment },
    lines: stored.lines.map((line, i) => ({ line: i + 1, shareMinor: 0, ...noPieces, ...line })),
  };
}

type OrderViewBefore = Omit<OrderView, keyof typeof newOrder | 'payment' | 'lines'> & {
  readonly payment: Pick<PaymentView, 'status' | 'sinceMs' | 'capturedMinor' | 'declineCode'>;
  readonly lines: readonly Omit<OrderLineView, 'line' | 'shareMinor' | keyof typeof noPieces>[];
};
