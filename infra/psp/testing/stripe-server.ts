import http from 'node:http';
import type { ProviderOperation } from '../../audit/recording.ts';
import { operationsOf } from '../../audit/read-provider.ts';
import type { Control } from '../simulator/control.ts';
import { readBody, send } from '../simulator/http-wire.ts';
import { idOf } from '../simulator/judge-operation.ts';
import type { PaymentRecord } from '../simulator/payment-record.ts';
import type { OperationRequest } from '../simulator/protocol.ts';
import { createProvider } from '../simulator/provider.ts';
import { renderDispute, renderRefund } from '../simulator/render-object.ts';
import { type SettledBooks, settlementFile, settlementPayouts } from '../simulator/settlement.ts';
import { shapeReply, type WireEnd } from '../simulator/shape-reply.ts';
import { plain, refuse } from '../simulator/simulator-routes.ts';

/**
 * A server that speaks as much of Stripe's API as the adapter uses, over the books of our simulator: form bodies, bearer
 * key, payment intents that are created and then confirmed, refunds, disputes, search, balance transactions. It serves
 * tests alone; where it and Stripe differ, Stripe is right.
 */
export interface StripeServer {
  readonly url: string;
  readonly secretKey: string;
  operations(): readonly ProviderOperation[];
  control(control: Control): void;
  /** Requests so far, as `METHOD path`. */
  readonly seen: string[];
  /** Their keys and bodies, those of GET empty. */
  readonly sent: { readonly key: string; readonly body: string }[];
  close(): Promise<void>;
}

const seed = 1;
const secretKey = 'sk_test_of_our_own_server';

/** A payment intent that waits for its confirmation: nothing has moved. */
interface Draft {
  readonly amount: number;
  readonly currency: string;
  readonly metadata: OperationRequest['metadata'];
}

export async function serveStripeLike(): Promise<StripeServer> {
  const provider = createProvider({ seed });
  const drafts = new Map<string, Draft>();
  const busy = new Set<string>();
  const seen: string[] = [];
  const sent: { key: string; body: string }[] = [];
  const nowMs = (): number => provider.nowMs(Date.now());

  const create = (key: string, form: URLSearchParams): WireEnd => {
    const amount = Number(form.get('amount'));
    const metadata = {
      opId: form.get('metadata[opId]') ?? '',
      orderId: form.get('metadata[orderId]') ?? '',
      store: form.get('metadata[store]') ?? '',
    };
    if (form.get('capture_method') !== 'manual') return invalid('capture_method');
    if (!Number.isSafeInteger(amount) || amount < 1) return invalid('parameter_invalid_integer');
    const draft = { amount, currency: (form.get('currency') ?? '').toUpperCase(), metadata };
    // the confirmation's key is ours without its end, so that the books give the payment this very id
    const id = idOf('pi', seed, key.replace(/-create$/, ''));
    const known = drafts.get(id);
    if (known && JSON.stringify(known) !== JSON.stringify(draft))
      return refuse(400, 'idempotency_error', 'idempotency_key_reused', 'Other parameters.');
    drafts.set(id, draft);
    return plain(200, {
      id,
      object: 'payment_intent',
      amount,
      currency: draft.currency.toLowerCase(),
      metadata,
      status: 'requires_payment_method',
    });
  };

  const operate = (key: string, request: OperationRequest): WireEnd => {
    const delivery = provider.receive(key, Buffer.from(JSON.stringify(request)), Date.now());
    return shapeReply(delivery);
  };

  const confirm = (key: string, id: string, form: URLSearchParams): WireEnd => {
    const draft = drafts.get(id);
    if (!draft) return refuse(404, 'invalid_request_error', 'resource_missing', 'No such payment_intent.');
    const method = form.get('payment_method');
    return operate(key, { kind: 'authorize', ...draft, method, authorization: null });
  };

  const later = (
    key: string,
    kind: 'capture' | 'void' | 'refund',
    id: string,
    form: URLSearchParams,
  ): WireEnd => {
    const record = provider.book.byId(id, nowMs());
    if (!record) return refuse(404, 'invalid_request_error', 'resource_missing', 'No such payment_intent.');
    const amount = form.get('amount_to_capture') ?? form.get('amount');
    return operate(key, {
      kind,
      amount: amount === null ? record.amount : Number(amount),
      currency: record.currency,
      method: null,
      authorization: id,
      metadata: {
        opId: form.get('metadata[opId]') ?? key,
        orderId: record.orderId,
        store: record.store,
      },
    });
  };

  const post = (path: string, key: string, form: URLSearchParams): WireEnd => {
    if (path === '/v1/payment_intents') return create(key, form);
    if (path === '/v1/refunds') return later(key, 'refund', form.get('payment_intent') ?? '', form);
    const [, id = '', verb = ''] = /^\/v1\/payment_intents\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    if (verb === 'confirm') return confirm(key, id, form);
    if (verb === 'capture') return later(key, 'capture', id, form);
    return verb === 'cancel' ? later(key, 'void', id, form) : noSuchRoute;
  };

  /** What the books show; where they show nothing, the payment may still wait for its confirmation. */
  const shownOf = (asked: {
    readonly id?: string;
    readonly opId?: string;
  }): { status: number; data: object[] } => {
    const { status, text } = provider.book.lookUp(asked, nowMs());
    return status === 200
      ? { status, data: (JSON.parse(text) as { data: object[] }).data }
      : { status, data: [] };
  };

  const retrieve = (id: string): WireEnd => {
    const { status, data } = shownOf({ id });
    if (status !== 200) return refuse(status, 'api_error', 'unavailable', 'Not now.');
    if (data[0]) return plain(200, data[0]);
    return drafts.has(id)
      ? plain(200, { id, object: 'payment_intent', ...drafts.get(id), status: 'requires_payment_method' })
      : refuse(404, 'invalid_request_error', 'resource_missing', 'No such payment_intent.');
  };

  const search = (query: string): WireEnd => {
    const opId = /^metadata\['opId'\]:'(.*)'$/.exec(query)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? '';
    const { status, data } = shownOf({ opId });
    return status === 200
      ? plain(200, { object: 'search_result', data, has_more: false })
      : refuse(status, 'api_error', 'unavailable', 'Not now.');
  };

  const list = (data: readonly object[]): WireEnd => plain(200, { object: 'list', data, has_more: false });

  const get = (url: URL): WireEnd => {
    const record: PaymentRecord | undefined = provider.book.byId(
      url.searchParams.get('payment_intent') ?? '',
      nowMs(),
    );
    switch (url.pathname) {
      case '/v1/payment_intents/search':
        return search(url.searchParams.get('query') ?? '');
      case '/v1/refunds':
        return list(record?.refunds.map((refund) => renderRefund(record, refund)) ?? []);
      case '/v1/disputes':
        return list(record?.disputes.map((dispute) => renderDispute(record, dispute)) ?? []);
      case '/v1/balance_transactions':
        return list(balanceTransactions(url.searchParams));
      default: {
        const id = /^\/v1\/payment_intents\/([^/]+)$/.exec(url.pathname)?.[1];
        return id === undefined ? noSuchRoute : retrieve(id);
      }
    }
  };

  const balanceTransactions = (asked: URLSearchParams): readonly object[] => {
    const payout = asked.get('payout');
    const fromSeconds = Number(asked.get('created[gte]'));
    // a payout's id ends with its day and currency
    const day = payout?.slice(-14, -4) ?? new Date(fromSeconds * 1_000).toISOString().slice(0, 10);
    const books = { records: provider.book.records(nowMs()), plants: provider.plants, nowMs: nowMs() };
    const stores = [...new Set(books.records.map(({ store }) => store))];
    return stores
      .flatMap((store) => [...lineTransactions(books, store, day), ...payoutTransactions(books, store, day)])
      .filter((one) => payout === null || one.payout === payout)
      .filter(({ type }) => type === (asked.get('type') ?? type));
  };

  const payoutTransactions = (books: SettledBooks, store: string, day: string) =>
    settlementPayouts(books, store, day).map(({ id, amount, currency }) => ({
      id: `txn_${id}`,
      type: 'payout',
      payout: id,
      amount: -amount,
      fee: 0,
      net: -amount,
      currency: currency.toLowerCase(),
      source: { id, object: 'payout', automatic: true },
    }));

  const lineTransactions = (books: SettledBooks, store: string, day: string) =>
    settlementFile(books, store, day).map((line) => ({
      id: line.id,
      type: line.type,
      ...(line.type === 'dispute' ? { type: 'adjustment', reporting_category: 'dispute' } : {}),
      payout: line.payout,
      amount: line.gross,
      fee: line.fee,
      net: line.net,
      currency: line.currency.toLowerCase(),
      source: {
        payment_intent: line.payment_intent,
        amount: Math.abs(line.gross),
        currency: line.currency.toLowerCase(),
        metadata: { ...line.metadata, store },
      },
    }));

  const route = async (request: http.IncomingMessage): Promise<WireEnd> => {
    const url = new URL(request.url ?? '/', 'http://stripe');
    seen.push(`${request.method} ${url.pathname}`);
    if (request.headers.authorization !== `Bearer ${secretKey}`)
      return refuse(401, 'invalid_request_error', 'unauthorized', 'Invalid API Key provided.');
    const bytes = await readBody(request);
    sent.push({ key: String(request.headers['idempotency-key'] ?? ''), body: bytes?.toString('utf8') ?? '' });
    if (provider.isAway(Date.now())) return refuse(503, 'api_error', 'unavailable', 'Not now.');
    if (request.method !== 'POST') return expanded(get(url), url.searchParams);
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || bytes === null) return invalid('idempotency_key');
    if (busy.has(key)) return refuse(409, 'idempotency_error', 'idempotency_key_in_use', 'In use.');
    busy.add(key);
    try {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const form = new URLSearchParams(bytes.toString('utf8'));
      return expanded(post(url.pathname, key, form), form);
    } finally {
      busy.delete(key);
    }
  };

  const server = http.createServer((request, response) => {
    route(request).then(
      (end) => send(response, end),
      () => response.destroy(), // the caller hung up
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    secretKey,
    operations: () => operationsOf(provider.dump(Date.now())),
    control(control) {
      const problem = provider.control(control, Date.now());
      if (problem !== null) throw new Error(problem);
    },
    seen,
    sent,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Stripe shows a charge by its id alone unless it is asked to expand it. */
function expanded(end: WireEnd, asked: URLSearchParams): WireEnd {
  const isAsked = [...asked].some(
    ([name, value]) => name.startsWith('expand[') && value.endsWith('latest_charge'),
  );
  if (isAsked || !('reply' in end)) return end;
  const text = end.reply.text.replace(/"latest_charge":\{.*?\}\}\}/g, '"latest_charge":"ch_1"');
  return { ...end, reply: { ...end.reply, text } };
}

const noSuchRoute = refuse(404, 'invalid_request_error', 'no_such_route', 'Unrecognized request URL.');
const invalid = (code: string): WireEnd => refuse(400, 'invalid_request_error', code, code);
