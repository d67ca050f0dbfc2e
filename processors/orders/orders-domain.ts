import type { Command } from '../../schemas/generated/orders-commands.ts';
import { isNote, isParkingEvent, isPartitionEvent } from '../../schemas/notes.ts';
import { orderFormat } from './order-format.ts';
import { reactionVersions } from '../../schemas/reactions.ts';
import { checkOrder } from './check-order.ts';
import { decideOrder, type OrderSettings } from './decide-order.ts';
import { evolveOrder, type OrderOrHints } from './evolve-order.ts';
import { orderDue, orderDueAtMs } from './order-due.ts';
import { archivedOrder, isArchived, type OrderCommand, type OrderEvent } from './order.ts';
import { reactOrder } from './react-order.ts';

/** The orders processor as plain functions, in the shape the runtime asks for (`processors/runtime/processor.ts`). */
export const createOrdersDomain = (settings: OrderSettings) =>
  ({
    name: 'orders',
    reactionVersion: reactionVersions.orders,
    keyOfCommand: ({ body }: Command<OrderCommand>): string => (body.type === 'Tick' ? '' : body.orderId),
    keyOfEvent: orderKeyOf,
    check: (order: OrderOrHints | undefined, command: Command<OrderCommand>) =>
      checkOrder(order && isArchived(order) ? undefined : order, command),
    decide: (
      order: OrderOrHints | undefined,
      command: Command<OrderCommand>,
      atMs: number,
    ): readonly OrderEvent[] => decideOrder(order, command, atMs, settings),
    evolve: evolveOrder,
    react: reactOrder,
    format: orderFormat,
    archived: archivedOrder,
    dueAtMs: orderDueAtMs,
    due: (state: OrderOrHints, atMs: number) => orderDue(state, atMs, settings.payments),
  }) as const;

/** The order an event belongs to; the partition's own events have no key. */
function orderKeyOf(event: OrderEvent): string {
  if (isPartitionEvent(event)) return '';
  return isNote(event) || isParkingEvent(event) ? event.key : event.orderId;
}
