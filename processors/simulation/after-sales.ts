import type { CommandBody, LineQuantity, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import type { Draws } from './draws.ts';

/** What the clients of a run can do for an order that was accepted. */
export interface OrderDesk {
  readonly draws: Draws;
  after(delayMs: number, act: () => void): void;
  /** Posts `body` to an action of the order; `then` is told the command's id when it is accepted. */
  ask(
    orderId: string,
    action: string,
    body: (commandId: string) => CommandBody,
    then?: (commandId: string) => void,
  ): void;
}

/** How long the steps of one order's later life lie apart at most, ms. */
const apartMs = 3_000;

/**
 * What becomes of an accepted order by its shop and its customer: cancelled, shipped, delivered, returned, refunded.
 * Nobody looks at the order before: many of these come too early, too late, twice or for too many pieces, and must be
 * refused.
 */
export function liveOn(desk: OrderDesk, order: PlaceOrder): void {
  const { draws } = desk;
  const later = (act: () => void): void => desk.after(draws.below(apartMs), act);
  const lives: readonly (() => void)[] = [
    () => later(() => cancel(desk, order)),
    () => later(() => cancelLines(desk, order)),
    () => later(() => ship(desk, order, later)),
    () => later(() => ship(desk, order, later)),
    () => later(() => refund(desk, order)),
    // two who do not know of each other
    () => {
      later(() => cancel(desk, order));
      later(() => ship(desk, order, later));
    },
    () => {
      later(() => refund(desk, order));
      later(() => refund(desk, order));
      later(() => ship(desk, order, later));
    },
  ];
  lives[draws.below(lives.length)]?.();
}

const cancel = (desk: OrderDesk, { orderId }: PlaceOrder): void =>
  desk.ask(orderId, 'cancel', () => ({ type: 'CancelOrder', orderId, reason: 'customer' }));

const cancelLines = (desk: OrderDesk, order: PlaceOrder): void =>
  desk.ask(order.orderId, 'cancel', () => ({
    type: 'CancelLines',
    orderId: order.orderId,
    lines: someLines(desk.draws, order),
    reason: 'not wanted',
  }));

type Later = (act: () => void) => void;

function ship(desk: OrderDesk, order: PlaceOrder, later: Later): void {
  const { orderId } = order;
  const { draws } = desk;
  const lines = allOrSome(draws, order);
  desk.ask(
    orderId,
    'shipments',
    () => ({ type: 'RecordShipment', orderId, lines, carrier: null, trackingRef: null }),
    () => {
      if (draws.chance(0.5)) {
        later(() => desk.ask(orderId, 'deliveries', () => ({ type: 'RecordDelivery', orderId, lines: [] })));
      }
      if (draws.chance(0.5)) later(() => giveBack(desk, order, later));
      if (draws.chance(0.2)) later(() => ship(desk, order, later));
    },
  );
}

function giveBack(desk: OrderDesk, order: PlaceOrder, later: Later): void {
  const { orderId } = order;
  const { draws } = desk;
  const claimedAtMs = null;
  const lines = allOrSome(draws, order);
  desk.ask(
    orderId,
    'returns',
    (returnId) => ({ type: 'RequestReturn', orderId, returnId, lines, reason: 'too small', claimedAtMs }),
    (returnId) => {
      const receive = (): void => {
        const sellable = draws.chance(0.6);
        const condition = sellable ? null : draws.pick<'damaged' | 'to-supplier'>(['damaged', 'to-supplier']);
        const of = { orderId, returnId, lines: allOrSome(draws, order), sellable, condition, claimedAtMs };
        desk.ask(orderId, `returns/${returnId}/receipt`, () => ({ type: 'ReceiveReturn', ...of }));
      };
      later(receive);
      if (draws.chance(0.3)) later(receive);
    },
  );
}

function refund(desk: OrderDesk, order: PlaceOrder): void {
  const { orderId, currency, totalMinor } = order;
  const { draws } = desk;
  const isAmount = draws.chance(0.5);
  const lines = isAmount ? [] : someLines(draws, order);
  const amountMinor = isAmount ? 1 + draws.below(Math.max(1, totalMinor)) : null;
  desk.ask(orderId, 'refunds', (refundId) => ({
    type: 'RequestRefund',
    orderId,
    refundId,
    lines,
    amountMinor,
    currency: isAmount ? currency : null,
    reason: 'goodwill',
    claimedAtMs: null,
  }));
}

const allOrSome = (draws: Draws, order: PlaceOrder): readonly LineQuantity[] =>
  draws.chance(0.5) ? [] : someLines(draws, order);

/** Each line at most once, at least one piece, now and then one too many. */
function someLines(draws: Draws, { lines }: PlaceOrder): readonly LineQuantity[] {
  const chosen = lines.flatMap(({ quantity }, i) =>
    draws.chance(0.6)
      ? [{ line: i + 1, quantity: 1 + draws.below(quantity + (draws.chance(0.1) ? 1 : 0)) }]
      : [],
  );
  return chosen.length > 0 ? chosen : [{ line: 1, quantity: 1 }];
}
