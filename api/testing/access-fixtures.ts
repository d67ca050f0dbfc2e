/** Things of one store that a route's path or body may name. */
export interface StoreObjects {
  readonly orderId: string;
  readonly returnId: string;
  readonly sku: string;
  /** A product that may be changed. */
  readonly spareSku: string;
  /** A product that may be taken off sale. */
  readonly retiredSku: string;
  readonly store: string;
}

export interface AccessRequest {
  readonly target: string;
  readonly body?: unknown;
}

/** How the access matrix calls one route. */
export interface AccessFixture {
  readonly request: (of: StoreObjects) => AccessRequest;
  /**
   * Of which store's thing it speaks. `own`: what another store has is not there. `name`: a name that each store has for
   * itself, so that another store's is as free as one that nobody has. `none`: it names nothing of a store.
   */
  readonly names: 'own' | 'name' | 'none';
  /**
   * What a visitor of the shop is answered about the owner's thing, by the routes that let visitors in. Default: what its
   * owner is.
   */
  readonly visitor?: number;
  /** What its owner is answered: that he is let in, and whether his thing is in a state for it. */
  readonly own: readonly number[];
}

const reads = (target: (of: StoreObjects) => string, names: AccessFixture['names']): AccessFixture => ({
  request: (of) => ({ target: target(of) }),
  names,
  own: [200],
});

/** An action on an order: taken, or refused for what the order is. */
const acts = (action: (of: StoreObjects) => string, body: unknown): AccessFixture => ({
  request: (of) => ({ target: `/v1/orders/${of.orderId}/${action(of)}`, body }),
  names: 'own',
  own: [202, 409, 422],
});

const report = (name: string, query = ''): AccessFixture =>
  reads(() => `/v1/analytics/${name}?from=2026-01-01&to=2026-01-02${query}`, 'none');

/**
 * One fixture for each route of `api/routes.ts`, by method and path: the access matrix calls them all, and a route
 * without one fails its test.
 */
export const accessFixtures: Readonly<Record<string, AccessFixture>> = {
  'POST /v1/orders': {
    request: ({ sku }) => ({
      target: '/v1/orders',
      body: { customerId: 'c-1', currency: 'GBP', lines: [{ sku, quantity: 1 }], paymentToken: 'tok_ok' },
    }),
    names: 'own', // another store's product is no product here
    visitor: 403, // it is for a customer that he is not
    own: [202],
  },
  'GET /v1/orders': reads(() => '/v1/orders', 'none'),
  'GET /v1/orders/{id}': { ...reads(({ orderId }) => `/v1/orders/${orderId}`, 'own'), visitor: 404 },
  'GET /v1/orders/{id}/events': {
    ...reads(({ orderId }) => `/v1/orders/${orderId}/events`, 'own'),
    visitor: 404,
  },
  'POST /v1/orders/{id}/cancel': acts(() => 'cancel', {}),
  'POST /v1/orders/{id}/shipments': acts(() => 'shipments', {}),
  'POST /v1/orders/{id}/deliveries': acts(() => 'deliveries', {}),
  'POST /v1/orders/{id}/returns': acts(() => 'returns', {}),
  'POST /v1/orders/{id}/returns/{returnId}/receipt': acts(({ returnId }) => `returns/${returnId}/receipt`, {
    restock: true,
  }),
  'POST /v1/orders/{id}/refunds': acts(() => 'refunds', { amountMinor: 1, currency: 'GBP' }),
  'POST /v1/webhooks/{psp}/{store}': {
    request: ({ store }) => ({ target: `/v1/webhooks/fake/${store}`, body: {} }),
    names: 'none',
    own: [401], // unsigned
  },
  'GET /v1/stock/{sku}': reads(({ sku }) => `/v1/stock/${sku}`, 'own'),
  'GET /v1/stock': reads(() => '/v1/stock', 'none'),
  'POST /v1/stock/{sku}/movements': {
    request: ({ sku }) => ({
      target: `/v1/stock/${sku}/movements`,
      body: { type: 'receive', quantity: 1 },
    }),
    names: 'name',
    own: [202],
  },
  'POST /v1/quotes': {
    request: ({ sku }) => ({
      target: '/v1/quotes',
      body: { currency: 'GBP', lines: [{ sku, quantity: 1 }] },
    }),
    names: 'own',
    own: [200],
  },
  'GET /v1/catalogue': reads(() => '/v1/catalogue', 'none'),
  'GET /v1/catalogue/{sku}': reads(({ sku }) => `/v1/catalogue/${sku}`, 'own'),
  'GET /v1/catalogue/{sku}/related': reads(({ sku }) => `/v1/catalogue/${sku}/related`, 'own'),
  'GET /v1/catalogue/trending': reads(() => '/v1/catalogue/trending', 'none'),
  'PUT /v1/catalogue/{sku}': {
    request: ({ spareSku }) => ({
      target: `/v1/catalogue/${spareSku}`,
      body: { name: 'Spare', prices: [{ currency: 'GBP', unitPriceMinor: 500 }] },
    }),
    names: 'name',
    own: [202],
  },
  'DELETE /v1/catalogue/{sku}': {
    request: ({ retiredSku }) => ({ target: `/v1/catalogue/${retiredSku}` }),
    names: 'own',
    own: [202, 404], // once it is off sale there is nothing left to take
  },
  'GET /v1/analytics': reads(() => '/v1/analytics', 'none'),
  'GET /v1/analytics/sales': report('sales'),
  'GET /v1/analytics/orders': report('orders'),
  'GET /v1/analytics/refunds': report('refunds'),
  'GET /v1/analytics/payments': report('payments'),
  'GET /v1/analytics/funnel': report('funnel'),
  'GET /v1/analytics/stock': report('stock'),
  'GET /v1/analytics/top-skus': report('top-skus'),
  'GET /v1/ops/groups': reads(() => '/v1/ops/groups', 'none'),
  'GET /v1/ops/groups/{group}': reads(() => '/v1/ops/groups/orders', 'none'),
  'GET /v1/ops/orders': reads(() => '/v1/ops/orders?stuck=true', 'none'),
  'GET /v1/ops/reconciliation': reads(() => '/v1/ops/reconciliation', 'none'),
  'GET /v1/ops/views': reads(() => '/v1/ops/views', 'none'),
  'GET /v1/ops/audit-records': reads(() => '/v1/ops/audit-records', 'none'),
  'POST /v1/ops/orders/{id}/resolve': {
    request: ({ orderId }) => ({
      target: `/v1/ops/orders/${orderId}/resolve`,
      body: { opId: `${orderId}:capture:1`, as: 'done', reason: 'seen', evidence: 'statement 7' },
    }),
    names: 'own',
    own: [409], // nobody asks about a payment that is known
  },
  // each path by its own scope; what a key may not have is told as a problem of its own
  'GET /v1/live': reads(
    ({ orderId }) => `/v1/live?watch=${encodeURIComponent(`/v1/orders/${orderId}`)}&watch=/v1/ops/groups`,
    'none',
  ),
  'GET /v1/keys': reads(() => '/v1/keys', 'none'),
  'GET /v1/requests': reads(() => '/v1/requests', 'none'),
  'POST /v1/visitors': { request: () => ({ target: '/v1/visitors' }), names: 'none', own: [200] },
  'POST /v1/session': { request: () => ({ target: '/v1/session' }), names: 'none', own: [200] },
  'GET /v1/session': reads(() => '/v1/session', 'none'),
  'POST /v1/session/end': { request: () => ({ target: '/v1/session/end' }), names: 'none', own: [200] },
};
