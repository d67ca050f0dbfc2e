import { z } from 'zod';
import { parseOrderId } from '../../schemas/ids.ts';
import { type Answer, ok } from '../http/answer.ts';
import { EventStreamAnswer } from '../http/event-stream.ts';
import type { OpenStreams } from '../http/open-streams.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, eventStreamType, jsonType, type Route } from '../http/route.ts';
import type { OrderEventStream, StreamedEvent } from '../views/order-event-stream.ts';
import type { OrderEventTail } from '../views/order-event-tail.ts';
import { afterQuery, type OrderReadParts, type OwnOrder, readOwnOrder } from './get-order.ts';
import { orderEventAnswer, toOrderEventAnswer } from './order-answer.ts';

export interface OrderEventsParts extends OrderReadParts {
  readonly stream: OrderEventStream;
  readonly tail: OrderEventTail;
  /** Bounds the streams, and ends them with the process or with their caller. */
  readonly open: OpenStreams;
}

const eventPage = z
  .object({
    data: z.array(orderEventAnswer),
    nextCursor: z.null(),
    complete: z.boolean().meta({ description: 'False if older events are no longer kept for streaming.' }),
  })
  .meta({ id: 'OrderEventPage' });

/** `GET /v1/orders/{id}/events`: a page, or a stream under `Accept: text/event-stream`. */
export const orderEventsRoute = (parts: OrderEventsParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/orders/{id}/events',
    scope: 'orders:read',
    visitors: true,
    idempotencyKey: 'none',
    params: { id: parseOrderId },
    query: afterQuery,
    produces: [jsonType, eventStreamType],
    docs: {
      summary: 'The events of an order, as a page or a stream',
      description:
        'With Accept: text/event-stream the events so far and then each new one; the id is its position. ' +
        'Last-Event-ID resumes; an event named reset means that some may be missing: read the order again.',
      tag: 'Orders',
      answers: { 200: { description: 'Oldest first.', schema: eventPage } },
      eventStream: 'data is an OrderEvent',
      problems: ['invalid-id', 'not-found', 'invalid-cursor', 'view-behind', 'view-unavailable'],
    },
    handle: (call) => orderEvents(parts, call),
  });

async function orderEvents(
  parts: OrderEventsParts,
  call: Call<z.output<typeof afterQuery>>,
): Promise<Answer | null> {
  const last = parseLastEventId(call.request.headers['last-event-id'], parts.partitions);
  const seen = await readOwnOrder(parts, call);
  if (call.produces === eventStreamType) {
    await stream(parts, call, seen, last);
    return null;
  }
  // Of a parked command there is no event yet: none is missing.
  if (!('status' in seen.own)) return ok({ data: [], nextCursor: null, complete: true });
  const { events, complete } = await parts.stream.of(
    seen.partition,
    seen.own.orderId,
    seqOf(seen.own.position),
  );
  return ok({ data: events.map(({ event }) => toOrderEventAnswer(event)), nextCursor: null, complete });
}

interface EventPosition {
  readonly partition: number;
  readonly seq: number;
}

function parseLastEventId(header: string | string[] | undefined, partitions: number): EventPosition | null {
  if (header === undefined || header === '') return null;
  const [, partition, seq] = /^(\d{1,5})\.(\d{1,15})$/.exec(String(header)) ?? [];
  if (partition === undefined || seq === undefined || Number(partition) >= partitions) {
    throw new Problem('invalid-cursor', { detail: 'Last-Event-ID is no position of an event.' });
  }
  return { partition: Number(partition), seq: Number(seq) };
}

const seqOf = (position: string): number => Number(position.slice(position.indexOf('.') + 1));

/**
 * Follows first, reads back second, up to the order's position as it stands after the first: an event between the two
 * comes twice and is sent once, and one that was folded while the stream opened is not missed.
 */
async function stream(
  parts: OrderEventsParts,
  call: Call,
  order: OwnOrder,
  last: EventPosition | null,
): Promise<void> {
  const release = parts.open.reserve(call.principal);
  try {
    await openStream(parts, call, order, last);
  } finally {
    release();
  }
}

async function openStream(
  { stream: events, tail, open, orders }: OrderEventsParts,
  { request, response, principal }: Call,
  { own, partition }: OwnOrder,
  last: EventPosition | null,
): Promise<void> {
  const { orderId } = own;
  const held: StreamedEvent[] = [];
  let mustReset = false;
  let sink: OrderSink | null = null;
  const unfollow = await tail.follow(partition, {
    orderId,
    onEvent: (streamed) => {
      if (sink) sink.send(streamed);
      else held.push(streamed);
    },
    onGap: () => {
      if (sink) sink.answer.reset(own.position);
      else mustReset = true;
    },
  });
  response.once('close', unfollow);
  if (response.destroyed) return unfollow(); // whoever left meanwhile closes no second time
  const { order, placing } = await orders.read(orderId);
  const { position } = order ?? placing ?? own;
  const resumable = last !== null && (await isKept(events, partition, last));
  const earlier = await events.of(partition, orderId, seqOf(position));
  if (response.destroyed) return;
  const answer = new EventStreamAnswer(request, response);
  open.add(answer, principal);
  if (mustReset || (last !== null && !resumable)) answer.reset(position);
  sink = new OrderSink(answer, resumable ? last.seq : 0);
  for (const streamed of [...earlier.events, ...held]) sink.send(streamed);
}

/** True if every event after the position is still in the partition's stream. */
async function isKept(events: OrderEventStream, partition: number, last: EventPosition): Promise<boolean> {
  const ends = await events.ends(partition);
  return (
    last.partition === partition && ends !== null && last.seq + 1 >= ends.oldest && last.seq <= ends.newest
  );
}

/** Sends each event of an order once, in order. */
class OrderSink {
  readonly answer: EventStreamAnswer;
  #sentSeq: number;

  constructor(answer: EventStreamAnswer, sentSeq: number) {
    this.answer = answer;
    this.#sentSeq = sentSeq;
  }

  send({ seq, event }: StreamedEvent): void {
    if (seq <= this.#sentSeq) return;
    this.#sentSeq = seq;
    this.answer.send(event.position, toOrderEventAnswer(event));
  }
}
