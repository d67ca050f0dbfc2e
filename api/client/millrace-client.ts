import createFetchClient from 'openapi-fetch';
import { type Answer, clientProblem, type Failed, problemOf, unexpected } from './answer.ts';
import type { components } from './generated/api-types.ts';
import type { StreamOptions, StreamParts } from './follow-stream.ts';
import { freshKey } from './fresh-key.ts';
import { followLive, type LiveItem, liveUrl, type WatchedByName } from './live.ts';
import { followOrder, type OrderStreamItem, type OrderStreamOptions } from './order-events.ts';
import { type Patience, patienceDefault } from './retry-policy.ts';
import { send, type Sent } from './send.ts';
import { platform, type Surroundings } from './surroundings.ts';
import type { CallOptions, Method, Routes } from './typed-methods.ts';
import { type Order, type OrderStatus, type WaitOptions, waitForOrder } from './wait-for-order.ts';

export type { Answer, Done, Failed, Problem } from './answer.ts';
export type { components, paths } from './generated/api-types.ts';
export type { StreamFailure, StreamOptions } from './follow-stream.ts';
export type { LiveItem, Watched, WatchedByName } from './live.ts';
export type { OrderEvent, OrderStreamItem, OrderStreamOptions } from './order-events.ts';
export type { Patience } from './retry-policy.ts';
export type { Surroundings } from './surroundings.ts';
export type { CallOptions } from './typed-methods.ts';
export type { Order, OrderStatus, ParkedOrder, WaitOptions } from './wait-for-order.ts';

export type AcceptedOrder = components['schemas']['AcceptedOrder'];
export type PlaceOrderRequest = components['schemas']['PlaceOrderRequest'];

export interface ClientOptions extends Partial<Patience> {
  /** Where the API is, without a path: `https://shop.example`. */
  readonly api: string;
  /** `mr_live_…` or `mr_test_…`. */
  readonly key: string;
  /** For tests and proxies; the platform's own otherwise. */
  readonly surroundings?: Partial<Surroundings>;
}

export interface MillraceClient {
  /** `POST /v1/orders`. `ok` says that the order is on the log and will come to rest, once. */
  placeOrder(
    order: PlaceOrderRequest,
    options?: CallOptions & { readonly signal?: AbortSignal },
  ): Promise<Answer<AcceptedOrder>>;
  /**
   * The order once it has come to `status` (or past it: a shipped order was confirmed). `ended-otherwise` where it never
   * will, `not-yet` after `withinMs`; `problem.reason` is its status then.
   */
  waitFor(order: AcceptedOrder | string, status: OrderStatus, options?: WaitOptions): Promise<Answer<Order>>;
  /** What happens to an order, as it happens; begins with its first event. Ends with `failed`, or by the signal. */
  orderEvents(
    orderId: string,
    options?: OrderStreamOptions,
  ): AsyncGenerator<OrderStreamItem, void, undefined>;
  /**
   * `GET /v1/live`: up to 16 resources as they change, over one connection; each item says by `of` whose it is. States,
   * not events: a loop that is slower than they change gets the newest. Ends with `failed`, or by the signal.
   */
  live<const W extends WatchedByName>(
    watched: W,
    options?: StreamOptions,
  ): AsyncGenerator<LiveItem<W>, void, undefined>;
  readonly GET: Method<'get'>;
  readonly POST: Method<'post'>;
  readonly PUT: Method<'put'>;
  readonly DELETE: Method<'delete'>;
}

/** Carries how the tries of a call ended through openapi-fetch, which knows answers and errors alone. */
class NoAnswer extends Error {
  readonly sent: Exclude<Sent, { is: 'answered' }>;

  constructor(sent: Exclude<Sent, { is: 'answered' }>) {
    super(sent.is);
    this.sent = sent;
  }
}

/** How openapi-fetch looks once the types have been checked against the routes. */
type Untyped = (
  path: string,
  init: Readonly<Record<string, unknown>>,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

/** A client of the Millrace API. Holds no connection and no state: make one for a key and keep it. */
export function createMillraceClient({ api, key, surroundings, ...told }: ClientOptions): MillraceClient {
  const patience: Patience = { ...patienceDefault, ...told };
  const around: Surroundings = { ...platform, ...surroundings };
  const authorization = `Bearer ${key}`;
  const open = new WeakMap<Response, boolean>();
  const { GET, POST, PUT, DELETE } = createFetchClient<Routes, 'application/json'>({
    baseUrl: api,
    headers: { authorization, accept: 'application/json' },
    async fetch(request) {
      const sent = await send(request, patience, around);
      if (sent.is !== 'answered') throw new NoAnswer(sent);
      open.set(sent.response, sent.open);
      return sent.response;
    },
  });

  const method = (verb: unknown, changes: boolean) => {
    const call = verb as Untyped;
    return async (
      path: string,
      init: CallOptions & Record<string, unknown> = {},
    ): Promise<Answer<unknown>> => {
      const { idempotencyKey: named, ...rest } = init;
      const idempotencyKey = changes ? (named ?? freshKey()) : null;
      const params = {
        ...(rest['params'] as object),
        ...(idempotencyKey === null ? {} : { header: { 'Idempotency-Key': idempotencyKey } }),
      };
      try {
        const { data, error, response } = await call(path, { ...rest, params });
        if (response.ok) return done(response, data, idempotencyKey);
        const problem = problemOf(response, error);
        return {
          ok: false,
          status: response.status,
          problem,
          outcome: open.get(response) ? 'unknown' : 'none',
          idempotencyKey,
        };
      } catch (thrown) {
        if (thrown instanceof NoAnswer) return unanswered(thrown.sent, api, idempotencyKey);
        if (!(thrown instanceof SyntaxError)) throw thrown;
        // 2xx without JSON: a proxy's page. What became of the request nobody says.
        return {
          ok: false,
          status: null,
          problem: unexpected('a success that is no JSON'),
          outcome: changes ? 'unknown' : 'none',
          idempotencyKey,
        };
      }
    };
  };

  const client = {
    GET: method(GET, false),
    POST: method(POST, true),
    PUT: method(PUT, true),
    DELETE: method(DELETE, true),
  } as unknown as Pick<MillraceClient, 'GET' | 'POST' | 'PUT' | 'DELETE'>;

  const base = api.replace(/\/$/, '');
  const streamAt = (url: string): StreamParts => ({ url, headers: { authorization }, patience, around });
  const orderEvents: MillraceClient['orderEvents'] = (orderId, options = {}) =>
    followOrder(streamAt(`${base}/v1/orders/${encodeURIComponent(orderId)}/events`), options);

  return {
    ...client,
    placeOrder: (order, options = {}) => client.POST('/v1/orders', { ...options, body: order }),
    waitFor(order, status, options = {}) {
      const [id, after] = typeof order === 'string' ? [order, undefined] : [order.orderId, order.position];
      const reads = {
        read: (position: string | undefined, signal: AbortSignal) =>
          client.GET('/v1/orders/{id}', {
            params: { path: { id }, query: position === undefined ? {} : { after: position } },
            signal,
          }),
        follow: (following: OrderStreamOptions) => orderEvents(id, following),
      };
      return waitForOrder({ ...reads, around }, status, after, options);
    },
    orderEvents,
    live: (watched, options = {}) => followLive(streamAt(liveUrl(base, watched)), watched, options),
  };
}

const done = (response: Response, data: unknown, idempotencyKey: string | null): Answer<unknown> => ({
  ok: true,
  status: response.status,
  data,
  replayed: response.headers.get('idempotent-replayed') === 'true',
  etag: response.headers.get('etag'),
  headers: response.headers,
  idempotencyKey,
});

function unanswered(sent: NoAnswer['sent'], api: string, idempotencyKey: string | null): Failed {
  const outcome = sent.open ? 'unknown' : 'none';
  const next = sent.open
    ? ' It is not known whether the request took effect. Send it again with the same idempotencyKey: it takes effect once.'
    : ' Nothing was changed.';
  const problem =
    sent.is === 'aborted'
      ? clientProblem('aborted', 'The call was ended', `The signal of the caller ended it.${next}`, {
          retryable: true,
        })
      : clientProblem(
          'unreachable',
          'No answer',
          `${api} did not answer in ${sent.tried} tries: ${wordOf(sent.cause)}.${next}`,
          { retryable: true },
        );
  return { ok: false, status: null, problem, outcome, idempotencyKey };
}

/** The platform hides the reason of a failed fetch one level down. */
const wordOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message;
};
