import { unexpected } from './answer.ts';
import {
  followStream,
  parsed,
  type StreamFailure,
  type StreamOptions,
  type StreamParts,
} from './follow-stream.ts';
import type { components } from './generated/api-types.ts';
import type { ServerSentEvent } from './server-sent-events.ts';

export type OrderEvent = components['schemas']['OrderEvent'];

/** What a stream of an order's events yields; after `failed` it has ended. */
export type OrderStreamItem =
  /** `id` resumes the stream after it. */
  | { readonly is: 'event'; readonly id: string; readonly event: OrderEvent }
  /** Events may be missing, or come again: read the order anew. The stream goes on. */
  | { readonly is: 'reset'; readonly id: string }
  | StreamFailure;

export interface OrderStreamOptions extends StreamOptions {
  /** Goes on after the event of this id; without it from the order's first event on. */
  readonly lastEventId?: string | undefined;
}

/** The events of an order as they come, each once but after a `reset`, however often the connection breaks. */
export const followOrder = (
  parts: StreamParts,
  { lastEventId = '', ...options }: OrderStreamOptions,
): AsyncGenerator<OrderStreamItem, void, undefined> =>
  followStream(parts, { ...options, lastEventId }, readOrderEvent);

function readOrderEvent({ type, data, id }: ServerSentEvent): OrderStreamItem {
  if (type === 'reset') return { is: 'reset', id };
  const event = parsed(data);
  return isOrderEvent(event)
    ? { is: 'event', id, event }
    : { is: 'failed', problem: unexpected('an event that is not of an order') };
}

const isOrderEvent = (value: unknown): value is OrderEvent =>
  typeof value === 'object' && value !== null && 'orderId' in value && 'status' in value && 'type' in value;
