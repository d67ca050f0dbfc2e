import type { SealFor } from '../../infra/clients/customer-keys/customer-sealer.ts';
import type { Command, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import type { CommandId, OrderId } from '../../schemas/ids.ts';
import type { PricedOrder } from './price-order.ts';

/** What a checkout asked for, beside the prices. */
export interface OrderRequest {
  readonly customerId: string;
  readonly currency: string;
  readonly paymentToken: string;
  readonly shipTo?: Readonly<Record<string, string | undefined>> | undefined;
  /** RFC 3339. */
  readonly orderedAt?: string | undefined;
}

/** Who asks, and what makes a retry of it known. */
export interface CommandOrigin {
  readonly store: string;
  readonly commandId: CommandId;
  readonly fingerprint: string;
  readonly requestId: string;
}

/** The command of a priced order. Payment token and address are sealed, by `seal` of their customer, before they leave the process. */
export function placeOrderCommand(
  origin: CommandOrigin,
  orderId: OrderId,
  request: OrderRequest,
  priced: PricedOrder,
  seal: SealFor,
): Command<PlaceOrder> {
  const { customerId, currency, paymentToken, shipTo, orderedAt } = request;
  return {
    ...origin,
    body: {
      type: 'PlaceOrder',
      orderId,
      customerId,
      currency,
      ...priced,
      paymentToken: seal('paymentToken', paymentToken),
      shipTo: shipTo === undefined ? null : seal('shipTo', JSON.stringify(shipTo)),
      orderedAtMs: orderedAt === undefined ? null : Date.parse(orderedAt),
    },
  };
}
