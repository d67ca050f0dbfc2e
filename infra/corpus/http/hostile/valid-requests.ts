import type { DocumentedRoute } from './api-document.ts';
import type { HostileRequest } from './hostile-request.ts';

/** What valid requests are made of in this run. */
export interface World {
  readonly host: string;
  /** A key that may do everything a store's keys can. */
  readonly key: string;
  readonly store: string;
  readonly orderId: string;
}

const lines = [{ line: 1, quantity: 1 }];

/** A body that each route takes gladly, by method and path; a test compares them with the document. */
export const validBodies: Readonly<Record<string, object>> = {
  'POST /v1/orders': {
    customerId: 'c-17850',
    currency: 'GBP',
    lines: [
      { sku: '85123A', quantity: 6, unitPriceMinor: 255 },
      { sku: '71053', quantity: 2 },
    ],
    expectedTotalMinor: 2_280,
    paymentToken: 'tok_ok',
    shipTo: {
      name: 'Ada Byron',
      line1: '1 Mill Lane',
      city: 'Leeds',
      postalCode: 'LS1 4AB',
      country: 'GB',
    },
  },
  'POST /v1/quotes': { currency: 'GBP', lines: [{ sku: '85123A', quantity: 6 }] },
  'POST /v1/orders/{id}/cancel': { reason: 'changed-mind' },
  'POST /v1/orders/{id}/shipments': { lines, carrier: 'royal-mail' },
  'POST /v1/orders/{id}/deliveries': { lines },
  'POST /v1/orders/{id}/returns': { lines, reason: 'too-small' },
  'POST /v1/orders/{id}/returns/{returnId}/receipt': { restock: true },
  'POST /v1/orders/{id}/refunds': { amountMinor: 5, currency: 'GBP' },
  'POST /v1/stock/{sku}/movements': { type: 'receive', quantity: 5, reason: 'delivery' },
  'PUT /v1/catalogue/{sku}': { name: 'Lantern', prices: [{ currency: 'GBP', unitPriceMinor: 255 }] },
  'POST /v1/ops/orders/{id}/resolve': {
    opId: 'o-0123456789ABCDEFGHJKMNPQRS:capture:1',
    as: 'done',
    reason: 'seen',
    evidence: 'provider dashboard, pi_1',
  },
};

const parameterOf = (name: string, { orderId, store }: World): string =>
  ({ id: orderId, sku: 'LANTERN', returnId: 'return-1', psp: 'fake', store, group: 'orders' })[name] ?? 'x';

/** A request of the route before anything is done to it. `idem` is its Idempotency-Key. */
export function validRequest(route: DocumentedRoute, world: World, idem: string): HostileRequest {
  const body = validBodies[`${route.method} ${route.path}`];
  const hasBody = route.takesBody;
  return {
    method: route.method,
    target: route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameterOf(name, world)),
    headers: [
      ['Host', world.host],
      ['Authorization', `Bearer ${world.key}`],
      ...(hasBody ? ([['Content-Type', 'application/json']] as const) : []),
      ...(route.method === 'POST' ? ([['Idempotency-Key', idem]] as const) : []),
    ],
    body: hasBody ? Buffer.from(JSON.stringify(body ?? {})) : null,
    framing: 'length',
    breaksFraming: false,
    mayGoUnread: false,
    mutations: [],
  };
}
