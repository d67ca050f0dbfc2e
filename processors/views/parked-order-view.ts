import type { CommandParked, EventEnvelope, RedriveAnswered } from '../../schemas/envelope.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { ParkedOrderView } from '../../schemas/parked-order.ts';

type ParkedOrderBody = CommandParked | RedriveAnswered;

/**
 * True for the events that change what waits of an order. `CommandRedriven` is none: the command goes with the answer,
 * which follows what it decided, so that no reader sees neither an order nor its parked command.
 */
export const changesParked = (body: EventBody): body is ParkedOrderBody =>
  body.type === 'CommandParked' || (body.type === 'RedriveAnswered' && !body.dryRun && body.decided > 0);

/**
 * What waits of an order after one event of `changesParked`; pure. Undefined where nothing has waited and nothing
 * does; without a command in it, it is to be removed.
 */
export function foldParkedOrder(
  before: ParkedOrderView | undefined,
  { seq, atMs, cause, body }: EventEnvelope<ParkedOrderBody>,
  partition: number,
): ParkedOrderView | undefined {
  const position = `${partition}.${seq}`;
  if (body.type === 'RedriveAnswered')
    return before && { ...before, parked: before.parked.slice(body.decided), position };
  const { key, command, reason, value } = body;
  const placing = command === 'PlaceOrder' ? Buffer.from(value).toString('base64') : null;
  const parked = { offset: cause.offset, command, sinceMs: atMs, reason, value: placing };
  return { orderId: key, parked: [...(before?.parked ?? []), parked], position };
}
