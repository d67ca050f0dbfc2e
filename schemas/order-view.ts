/** The order as readers see it, folded from orders.events. Written by the views, read by the API. */
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
  /** The log's clock. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly orderedAtMs: number | null;
  readonly commandId: string | null;
  /** Of the request that placed it: a retry is compared with it when every cache is gone. */
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  /** `<journal partition>.<seq>` of the last event with this `orderId` (notes and refusals have none): the ETag. */
  readonly position: string;
}

/** Public words of an order's life (interface §2). */
export const orderStatuses = [
  'holding',
  'authorizing',
  'committing',
  'capturing',
  'unwinding',
  'confirmed',
  'rejected',
  'declined',
  'expired',
  'cancelled',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export interface OrderLineView {
  readonly sku: string;
  readonly quantity: number;
  readonly unitMinor: number;
  readonly discountMinor: number;
  readonly taxBp: number;
  readonly taxMinor: number;
}

export interface HoldView {
  readonly holdId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly state: 'asked' | 'placed' | 'refused' | 'committed' | 'released';
}

export interface PaymentView {
  readonly status: 'none' | 'authorizing' | 'authorized' | 'capturing' | 'captured' | 'declined' | 'unknown';
  readonly sinceMs: number | null;
  readonly capturedMinor: number;
  readonly declineCode: string | null;
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
