import { paymentDefaults } from '../../payments/payment-schedule.ts';
import type {
  Command,
  OrderLine,
  PlaceOrder,
  ProviderHint,
  ReportFacts,
  ReportOutcome,
  ResolvePayment,
  SettlementLine,
} from '../../../schemas/generated/orders-commands.ts';
import { holdIdOf, opIdOf, orderIdOf } from '../../../schemas/ids.ts';
import { orderTotalMinor } from '../../../schemas/order-total.ts';
import { createOrdersDomain } from '../orders-domain.ts';
import type { LineBody } from '../decide-lines.ts';
import { isKept, type OrderOrHints } from '../evolve-order.ts';
import type { Order, OrderCommand, OrderEvent } from '../order.ts';

export const store = 's-1';
export const startMs = 1_700_000_000_000;
export const orders = createOrdersDomain({ holdTtlMs: 900_000, payments: paymentDefaults });
export const pspRef = 'psp-1';

export const orderId = orderIdOf(store, 'cart-1');

export function placeOrderOf(lines: readonly Partial<OrderLine>[], of: Partial<PlaceOrder> = {}): PlaceOrder {
  const priced = lines.map(
    (line): OrderLine => ({
      sku: 'A',
      quantity: 1,
      unitMinor: 500,
      discountMinor: 0,
      taxBp: 0,
      taxMinor: 0,
      priceVersion: 1,
      shareMinor: 0,
      ...line,
    }),
  );
  const order = {
    type: 'PlaceOrder' as const,
    orderId,
    customerId: 'c-1',
    currency: 'GBP',
    lines: priced,
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    taxRule: 'exclusive' as const,
    paymentToken: 'sealed:tok_ok',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue' as const,
    ...of,
  };
  return { totalMinor: orderTotalMinor(order), ...order };
}

export const commandOf = (
  body: OrderCommand,
  of: Partial<Command<OrderCommand>> = {},
): Command<OrderCommand> => ({
  store,
  commandId: null,
  fingerprint: body.type === 'PlaceOrder' ? 'k1.aa' : null,
  requestId: null,
  ...of,
  body,
});

/** A command for pieces or money of the order, with an id of its own. */
export const lineCommand = (
  body: DistributiveOmit<LineBody, 'orderId'>,
  commandId: string | null = null,
): Command<OrderCommand> => commandOf({ ...body, orderId }, { commandId, fingerprint: 'k1.aa' });

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

export const replyOf = <T extends 'HoldPlaced' | 'HoldReleased' | 'HoldCommitted' | 'CommitReversed'>(
  type: T,
  sku: string,
  quantity = 1,
) => ({
  type,
  holdId: holdIdOf(orderId, sku),
  orderId,
  sku,
  quantity,
});

export const refusedOf = (sku: string, quantity = 1) =>
  ({
    type: 'HoldRefused',
    holdId: holdIdOf(orderId, sku),
    orderId,
    sku,
    quantity,
    reason: 'insufficient',
  }) as const;

/** What the worker reports; an `ok` of 5.00 GBP under `pspRef` if nothing else is said. */
export const outcomeOf = (kind: ReportOutcome['kind'], of: Partial<ReportOutcome> = {}): ReportOutcome => {
  const isOk = (of.is ?? 'ok') === 'ok';
  return {
    type: 'ReportOutcome',
    orderId,
    opId: opIdOf(orderId, kind, 1),
    attempt: 1,
    try: 1,
    kind,
    is: 'ok',
    amountMinor: isOk ? 500 : null,
    currency: isOk ? 'GBP' : null,
    pspRef: isOk ? pspRef : null,
    captureBeforeMs: null,
    code: null,
    next: null,
    cause: null,
    client: null,
    again: null,
    replayed: false,
    ...of,
  };
};

/** What a look-up shows of the order's payment; found under `pspRef` if nothing else is said. */
export const factsOf = (of: Partial<ReportFacts>): ReportFacts => ({
  type: 'ReportFacts',
  orderId,
  opId: opIdOf(orderId, 'authorize', 1),
  pspRef,
  n: 1,
  found: 'found',
  authorizedMinor: null,
  capturedMinor: null,
  currency: 'GBP',
  ended: null,
  captureBeforeMs: null,
  disputes: [],
  refunds: [],
  ...of,
});

/** A provider has news of the order's payment. */
export const hintOf = (of: Partial<ProviderHint> = {}): ProviderHint => ({
  type: 'ProviderHint',
  orderId,
  psp: 'sim',
  eventId: 'e-1',
  kind: 'news',
  pspRef,
  opId: null,
  livemode: false,
  ...of,
});

/** A settlement file names the order's payment. */
export const settlementOf = (of: Partial<SettlementLine> = {}): SettlementLine => ({
  type: 'SettlementLine',
  orderId,
  psp: 'sim',
  lineId: 'l-1',
  day: '2026-01-01',
  kind: 'charge',
  pspRef,
  opId: null,
  grossMinor: 500,
  feeMinor: 0,
  netMinor: 500,
  currency: 'GBP',
  settledMinor: null,
  settledCurrency: null,
  ...of,
});

/** A person found out what became of the capture. */
export const resolveOf = (of: Partial<ResolvePayment> = {}): ResolvePayment => ({
  type: 'ResolvePayment',
  orderId,
  opId: opIdOf(orderId, 'capture', 1),
  as: 'done',
  by: 'a person',
  reason: 'asked the bank',
  evidence: 'letter',
  ...of,
});

/** The order after these events, each a second after the one before. */
export function given(events: readonly OrderEvent[]): Order | undefined {
  return placedIn(stateAfter(events));
}

/** The order, or the hints, after these events. */
export function stateAfter(events: readonly OrderEvent[]): OrderOrHints | undefined {
  let state: OrderOrHints | undefined;
  events.forEach((event, i) => {
    state = orders.evolve(state, event, startMs + i * 1_000);
  });
  return state;
}

/** The state as an order. Throws if it is none. */
export function placedIn(state: OrderOrHints | undefined): Order | undefined {
  if (state && isKept(state)) throw new Error('hints that wait for their order');
  return state;
}

/** Decides and folds commands one after the other; returns every event. */
export function run(
  commands: readonly Command<OrderCommand>[],
  before: readonly OrderEvent[] = [],
): OrderEvent[] {
  const events = [...before];
  for (const command of commands) {
    events.push(...orders.decide(stateAfter(events), command, startMs + events.length * 1_000));
  }
  return events;
}
