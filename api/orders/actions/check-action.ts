import type { CommandBody, LineQuantity } from '../../../schemas/generated/orders-commands.ts';
import { type OrderState, orderTransitions } from '../../../schemas/order-transitions.ts';
import type { OrderLineView, OrderStatus, OrderView, RefundView } from '../../../schemas/order-view.ts';
import type { Cell } from '../../../schemas/transition-cell.ts';
import { Problem } from '../../http/problem.ts';
import type { ProblemCode } from '../../http/problem-codes.ts';

type Action = Extract<
  CommandBody['type'],
  | 'CancelOrder'
  | 'CancelLines'
  | 'RecordShipment'
  | 'RecordDelivery'
  | 'RequestReturn'
  | 'ReceiveReturn'
  | 'RequestRefund'
>;
type ActionBody = Extract<CommandBody, { readonly type: Action }>;

/**
 * What the order's owner would refuse of this order as the view has it, or null. Cells that refuse by state are read
 * from the table; of the rules only what the view can tell is judged here, the rest the log decides.
 */
export function checkAction(order: OrderView, command: CommandBody): Problem | null {
  if (!isAction(command)) return null;
  const cell: Cell<OrderState, string> = orderTransitions[command.type][stateOf[order.status]];
  const reason = cell.is === 'refuse' ? cell.reason : reasonOf(order, command);
  return reason === null ? null : new Problem(codeOf.get(reason) ?? 'order-state-conflict', { reason });
}

const isAction = (command: CommandBody): command is ActionBody => Object.hasOwn(reasons, command.type);

const codeOf: ReadonlyMap<string, ProblemCode> = new Map([
  ['over-refund', 'refund-exceeds-captured'],
  ['foreign-currency', 'currency-mismatch'],
]);

const stateOf: Readonly<Record<OrderStatus, OrderState>> = {
  holding: 'Holding',
  authorizing: 'Authorizing',
  committing: 'Committing',
  capturing: 'Capturing',
  confirmed: 'Confirmed',
  shipped: 'Confirmed',
  delivered: 'Confirmed',
  unwinding: 'Unwinding',
  rejected: 'Closed',
  declined: 'Closed',
  expired: 'Closed',
  cancelled: 'Closed',
};

type Reasons = {
  readonly [T in Action]: (
    order: OrderView,
    command: Extract<CommandBody, { readonly type: T }>,
  ) => string | null;
};

const reasons: Reasons = {
  CancelOrder: (order) => {
    const state = stateOf[order.status];
    if (state === 'Unwinding') return order.unwinding?.to === 'cancelled' ? null : 'closing';
    if (state === 'Closed') return order.status === 'cancelled' ? null : 'closed';
    if (state !== 'Confirmed') return null;
    if (order.lines.some(({ shipped }) => shipped > 0)) return 'partly-shipped';
    return isDisputed(order) ? 'disputed' : null;
  },
  CancelLines: (order, { lines }) =>
    overdrawn(order, lines, open) ? 'not-open' : isDisputed(order) ? 'disputed' : null,
  RecordShipment: (order, { lines }) => (overdrawn(order, lines, open) ? 'not-open' : null),
  RecordDelivery: (order, { lines }) =>
    overdrawn(order, lines, ({ shipped, delivered }) => shipped - delivered) ? 'not-shipped' : null,
  RequestReturn: (order, { lines }) =>
    overdrawn(order, lines, ({ shipped, returnAsked }) => shipped - returnAsked) ? 'not-returnable' : null,
  ReceiveReturn: (order, { returnId }) => {
    const asked = order.returns.find((one) => one.returnId === returnId);
    if (asked?.status !== 'requested') return 'no-return';
    return isDisputed(order) ? 'disputed' : null;
  },
  RequestRefund: (order, { amountMinor, currency }) => {
    if (currency !== null && currency !== order.currency) return 'foreign-currency';
    if (isDisputed(order)) return 'disputed';
    const leftMinor = order.payment.capturedMinor - refundsAskedMinor(order.refunds);
    return (amountMinor ?? 0) > leftMinor ? 'over-refund' : null;
  },
};

const reasonOf = (order: OrderView, command: ActionBody): string | null =>
  (reasons[command.type] as (order: OrderView, command: ActionBody) => string | null)(order, command);

const open = ({ quantity, cancelled, shipped }: OrderLineView): number => quantity - cancelled - shipped;

/** True if a line is asked for more than it has; without lines, if no line has anything. */
function overdrawn(
  order: OrderView,
  asked: readonly LineQuantity[],
  has: (line: OrderLineView) => number,
): boolean {
  if (asked.length === 0) return order.lines.every((line) => has(line) === 0);
  return asked.some(({ line, quantity }) => {
    const found = order.lines[line - 1];
    return !found || quantity > has(found);
  });
}

const isDisputed = ({ disputes }: OrderView): boolean => disputes.some(({ status }) => status === 'open');

/** What failed came back to us: it may be asked for again. */
const refundsAskedMinor = (refunds: readonly RefundView[]): number =>
  refunds.reduce(
    (sum, { status, amountMinor }) => (status === 'failed' || status === 'due' ? sum : sum + amountMinor),
    0,
  );
