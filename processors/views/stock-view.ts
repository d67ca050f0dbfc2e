import { assertNever } from '../../schemas/assert-never.ts';
import type { EventEnvelope } from '../../schemas/envelope.ts';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { noStock, type StockView } from '../../schemas/stock-view.ts';
import { UnfoldableEvent } from './unfoldable-event.ts';

export type StockEvent = EventEnvelope<EventBody>;

/** Store and SKU whose levels an event changes; null where it changes none (refusals, repeated replies, notes). */
export function skuOf(body: EventBody): { readonly store: string; readonly sku: string } | null {
  if (body.type === 'HoldRefused' || !('sku' in body)) return null;
  return 'repeat' in body && body.repeat ? null : { store: body.store, sku: body.sku };
}

/**
 * The levels of a SKU after one valid event of journal partition `partition`; pure. Give it only events of `skuOf`.
 * Undefined where nothing is known of the SKU still: a tombstone of a hold may come before its first receipt.
 * Throws UnfoldableEvent if levels of such a SKU would change.
 */
export function foldStock(
  stock: StockView | undefined,
  event: StockEvent,
  partition: number,
): StockView | undefined {
  const { body } = event;
  const position = `${partition}.${event.seq}`;
  const before = stock ?? (body.type === 'StockReceived' ? noStock(body.store, body.sku) : undefined);
  if (before) return { ...before, ...changeBy(before, body), updatedAtMs: event.atMs, position };
  if (body.type === 'HoldReleased') return undefined;
  throw new UnfoldableEvent(position, `${body.type} of a SKU that was never received`);
}

type Levels = Partial<Omit<StockView, 'store' | 'sku' | 'updatedAtMs' | 'position'>>;

function changeBy(
  { onHand, held, allocated, received, adjusted, restocked, committed, reversed, shipped }: StockView,
  body: EventBody,
): Levels {
  switch (body.type) {
    case 'StockReceived':
      return { onHand: onHand + body.quantity, received: received + body.quantity };
    case 'StockAdjusted':
      return { onHand: onHand + body.quantity, adjusted: adjusted + body.quantity };
    case 'SkuHalted':
      return { halted: true };
    case 'SkuResumed':
      return { halted: false };
    case 'HoldPlaced':
      return { held: held + body.quantity };
    case 'HoldCommitted':
      return {
        onHand: onHand - body.quantity,
        held: held - body.quantity,
        allocated: allocated + body.quantity,
        committed: committed + body.quantity,
      };
    case 'HoldReleased':
      return { held: held - body.quantity };
    case 'StockRestocked':
      return { onHand: onHand + body.quantity, restocked: restocked + body.quantity };
    case 'CommitReversed':
      return {
        onHand: onHand + body.quantity,
        allocated: allocated - body.quantity,
        reversed: reversed + body.quantity,
      };
    case 'AllocationShipped':
      return { allocated: allocated - body.quantity, shipped: shipped + body.quantity };
    case 'PurchasesLimited':
      return { perCustomer: body.perCustomer };
    case 'HoldRefused':
    case 'Barrier':
    case 'TimePassed':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'CommandQuarantined':
    case 'CommandParked':
    case 'CommandRedriven':
    case 'RedriveAnswered':
    case 'AnomalyRecorded':
      throw new Error(`${body.type} changes no levels (skuOf)`);
    default:
      return assertNever(body);
  }
}
