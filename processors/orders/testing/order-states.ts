import type { Command } from '../../../schemas/generated/orders-commands.ts';
import type { OrderState } from '../../../schemas/order-transitions.ts';
import type { Order, OrderEvent, OrderCommand } from '../order.ts';
import {
  commandOf,
  given,
  lineCommand,
  orderId,
  outcomeOf,
  placeOrderOf,
  refusedOf,
  replyOf,
  run,
  startMs,
} from './orders-fixture.ts';

/** How large the order of a walk is; the last SKU is the one refused. */
export interface Variant {
  readonly skus: readonly string[];
  readonly unitMinor: number;
}

export const variants: readonly Variant[] = [
  { skus: ['A'], unitMinor: 500 },
  { skus: ['A', 'B'], unitMinor: 250 },
  { skus: ['A', 'B', 'D', 'E', 'F'], unitMinor: 100 },
  { skus: ['A'], unitMinor: 0 },
  { skus: ['A', 'B'], unitMinor: 0 },
];

/** The events that bring an order of this variant into `state` by commands alone; null where it never gets there. */
export function eventsTo(state: OrderState, { skus, unitMinor }: Variant): OrderEvent[] | null {
  const isFree = unitMinor === 0;
  const place = commandOf(placeOrderOf(skus.map((sku) => ({ sku, unitMinor }))));
  const placed = skus.map((sku) => commandOf(replyOf('HoldPlaced', sku)));
  const committed = skus.map((sku) => commandOf(replyOf('HoldCommitted', sku)));
  const authorized = isFree ? [] : [commandOf(outcomeOf('authorize'))];
  const captured = isFree ? [] : [commandOf(outcomeOf('capture'))];
  const refused = commandOf(refusedOf(skus.at(-1) ?? ''));
  const released = skus.slice(0, -1).map((sku) => commandOf(replyOf('HoldReleased', sku)));
  const paths: Readonly<Record<OrderState, readonly Command<OrderCommand>[] | null>> = {
    none: [],
    Holding: [place],
    Authorizing: isFree ? null : [place, ...placed],
    Committing: [place, ...placed, ...authorized],
    Capturing: isFree ? null : [place, ...placed, ...authorized, ...committed],
    Confirmed: [place, ...placed, ...authorized, ...committed, ...captured],
    Unwinding: skus.length === 1 ? null : [place, refused],
    Closed: [place, refused, ...released],
  };
  const path = paths[state];
  return path && run(path);
}

const cancel = commandOf({ type: 'CancelOrder', orderId, reason: 'asked' });
const [oneSku = { skus: ['A'], unitMinor: 500 }, twoSkus = oneSku] = variants;
/** Two of one SKU in one line, one of another: some of it can be cancelled, shipped, returned. */
const pieces = [
  { sku: 'A', quantity: 2, unitMinor: 100 },
  { sku: 'B', quantity: 1, unitMinor: 300 },
];

/** The way of the order of `pieces` to Confirmed. */
export const piecesConfirmed = (): readonly Command<OrderCommand>[] => [
  commandOf(placeOrderOf(pieces)),
  commandOf(replyOf('HoldPlaced', 'A', 2)),
  commandOf(replyOf('HoldPlaced', 'B')),
  commandOf(outcomeOf('authorize')),
  commandOf(replyOf('HoldCommitted', 'A', 2)),
  commandOf(replyOf('HoldCommitted', 'B')),
  commandOf(outcomeOf('capture')),
];

const after = (
  state: OrderState,
  variant: Variant,
  ...commands: readonly Command<OrderCommand>[]
): OrderEvent[] => run(commands, eventsTo(state, variant) ?? []);
const confirmed = (...commands: readonly Command<OrderCommand>[]): OrderEvent[] =>
  run([...piecesConfirmed(), ...commands]);
const returning = [
  lineCommand({ type: 'RecordShipment', lines: [], carrier: null, trackingRef: null }),
  lineCommand({ type: 'RequestReturn', returnId: 'r-1', lines: [], reason: '', claimedAtMs: null }),
];

/** Declined, then the provider took the money after all: it is dropped while stock ends its part. */
const declined = [
  commandOf(placeOrderOf([{}])),
  commandOf(replyOf('HoldPlaced', 'A')),
  commandOf(outcomeOf('authorize', { is: 'no', code: 'card', next: 'never' })),
];
const lateOk = commandOf(outcomeOf('authorize', { try: 2 }));
const released = commandOf(replyOf('HoldReleased', 'A'));

/** Ways an order gets to a state beside the plain ones: noted, half done, doubted. */
const odd: Readonly<Partial<Record<OrderState, readonly (() => OrderEvent[])[]>>> = {
  Authorizing: [
    () => after('Authorizing', twoSkus, cancel),
    () => after('Authorizing', oneSku, commandOf(outcomeOf('authorize', { is: 'action' }))),
    () => after('Authorizing', oneSku, commandOf(outcomeOf('authorize', { is: 'unknown', cause: 'reset' }))),
  ],
  Committing: [
    () =>
      run([
        commandOf(placeOrderOf([{}])),
        commandOf(replyOf('HoldPlaced', 'A')),
        commandOf(outcomeOf('authorize', { captureBeforeMs: startMs + 86_400_000 })),
      ]),
    () => after('Committing', oneSku, cancel),
    () => after('Committing', { ...oneSku, unitMinor: 0 }, cancel),
  ],
  Capturing: [() => after('Capturing', oneSku, cancel)],
  Confirmed: [
    () => confirmed(),
    () => confirmed(lineCommand({ type: 'CancelLines', lines: [{ line: 1, quantity: 1 }], reason: '' })),
    () => confirmed(...returning),
    () => confirmed(...returning.slice(0, 1)),
  ],
  Unwinding: [
    () => run([...declined, lateOk, released]),
    () => after('Holding', twoSkus, cancel),
    () => after('Confirmed', oneSku, cancel),
    () => after('Authorizing', oneSku, commandOf(outcomeOf('authorize', { is: 'action' })), cancel),
  ],
  Closed: [() => run([...declined, released, lateOk]), () => after('Holding', oneSku, cancel, released)],
};

/** An order in `state` for each way there, built anew by each call. */
export const samplesIn = (state: OrderState): readonly (() => Order | undefined)[] => [
  ...variants.flatMap((variant) => {
    const events = eventsTo(state, variant);
    return events ? [() => given(events)] : [];
  }),
  ...(odd[state] ?? []).map((events) => () => given(events())),
];
