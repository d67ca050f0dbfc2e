import { type Answer, clientProblem, type Failed } from './answer.ts';
import type { components } from './generated/api-types.ts';
import type { OrderStreamItem, OrderStreamOptions } from './order-events.ts';
import { limited, type Surroundings } from './surroundings.ts';

export type Order = components['schemas']['Order'];
export type ParkedOrder = components['schemas']['ParkedOrder'];
export type OrderStatus = Order['status'];

export interface WaitOptions {
  /** Gives up after so many ms, with `not-yet`. 60,000 unless told. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

/** How an order is read and followed. */
export interface OrderReads {
  readonly read: (after: string | undefined, signal: AbortSignal) => Promise<Answer<Order | ParkedOrder>>;
  readonly follow: (options: OrderStreamOptions) => AsyncIterable<OrderStreamItem>;
  readonly around: Surroundings;
}

/** Steps of the way of an order that sells; null: an end without a sale, or the way to one. */
const steps: Readonly<Record<OrderStatus, number | null>> = {
  holding: 0,
  authorizing: 1,
  committing: 2,
  capturing: 3,
  confirmed: 4,
  shipped: 5,
  delivered: 6,
  unwinding: null,
  rejected: null,
  declined: null,
  expired: null,
  cancelled: null,
};

const ends: ReadonlySet<string> = new Set<OrderStatus>(['rejected', 'declined', 'expired', 'cancelled']);

/** Whether an order that is `now` has come to `wanted`, a later step of the same way included; or never will. */
export function arrival(now: OrderStatus | 'parked', wanted: OrderStatus): 'there' | 'never' | 'not-yet' {
  if (now === wanted) return 'there';
  if (ends.has(now)) return 'never';
  const [at, to] = [now === 'parked' ? null : (steps[now] ?? null), steps[wanted]];
  return at !== null && to !== null && at > to ? 'there' : 'not-yet';
}

/**
 * The order once it has come to `wanted`: read once (`after` = the position of the 202, so that the view knows it), then
 * followed by its stream, and read again when the stream says so.
 */
export async function waitForOrder(
  reads: OrderReads,
  wanted: OrderStatus,
  after: string | undefined,
  { withinMs = 60_000, signal }: WaitOptions,
): Promise<Answer<Order>> {
  const over = new AbortController();
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const ended = await limited(withinMs, over, reads.around, () => watch(reads, wanted, after, stop));
  if (ended.answer) return ended.answer;
  return over.signal.aborted ? notYet(ended.status, wanted, withinMs) : aborted;
}

interface Watched {
  /** Null: the signal ended it. */
  readonly answer: Answer<Order> | null;
  /** As the order was seen last. */
  readonly status: string;
}

async function watch(
  { read, follow }: OrderReads,
  wanted: OrderStatus,
  after: string | undefined,
  stop: AbortSignal,
): Promise<Watched> {
  let seen = await read(after, stop);
  let answer = judge(seen, wanted);
  const status = (): string => (seen.ok ? seen.data.status : 'unknown');
  const ended = (): Watched => ({ answer: stop.aborted && !answer?.ok ? null : answer, status: status() });
  if (answer || !seen.ok) return ended();
  for await (const item of follow({ lastEventId: seen.data.position, signal: stop })) {
    if (item.is === 'event' && arrival(item.event.status, wanted) === 'not-yet') continue;
    if (item.is === 'failed') {
      answer = { ok: false, status: null, problem: item.problem, outcome: 'none', idempotencyKey: null };
      return ended();
    }
    seen = await read(undefined, stop);
    answer = judge(seen, wanted);
    if (answer) return ended();
  }
  return ended();
}

/** What an order as it was read means for the wait; null: go on. */
function judge(seen: Answer<Order | ParkedOrder>, wanted: OrderStatus): Answer<Order> | null {
  if (!seen.ok) return seen;
  const { data } = seen;
  if (data.status === 'parked') return null; // a person decides; the stream tells when
  const come = arrival(data.status, wanted);
  if (come === 'there') return { ...seen, data };
  return come === 'never' ? endedOtherwise(data, wanted) : null;
}

const failed = (
  code: 'not-yet' | 'ended-otherwise' | 'aborted',
  title: string,
  detail: string,
  reason?: string,
): Failed => ({
  ok: false,
  status: null,
  problem: clientProblem(code, title, detail, {
    retryable: code === 'not-yet',
    ...(reason === undefined ? {} : { reason }),
  }),
  outcome: 'none',
  idempotencyKey: null,
});

const aborted = failed(
  'aborted',
  'The call was ended',
  'The signal of the caller ended the wait; the order goes on.',
);

const notYet = (status: string, wanted: OrderStatus, withinMs: number): Failed =>
  failed(
    'not-yet',
    `The order is not ${wanted} yet`,
    `It was not within ${withinMs} ms and may still be: the order goes on by itself. Wait again, do not place it again.`,
    status,
  );

const endedOtherwise = ({ status, reason }: Order, wanted: OrderStatus): Failed =>
  failed(
    'ended-otherwise',
    `The order will never be ${wanted}`,
    `It is ${status}${reason === null ? '' : ` (${reason})`}.`,
    status,
  );
