import type { ClientStep } from '../../schemas/client-journal.ts';
import { commandIdOf } from '../../schemas/ids.ts';

/** Where orders are placed: their id is derived from store and key alone. */
export const ordersPath = '/v1/orders';

/** Routes whose requests are commands, as their command ids spell them (`schemas/ids.ts`). */
const routes = [
  { pattern: /^\/v1\/catalogue\/[^/]+$/, route: 'PUT /v1/catalogue/{sku}' },
  { pattern: /^\/v1\/stock\/[^/]+\/movements$/, route: 'POST /v1/stock/{sku}/movements' },
  ...['cancel', 'shipments', 'deliveries', 'returns', 'refunds'].map((action) => ({
    pattern: new RegExp(`^/v1/orders/[^/]+/${action}$`),
    route: `POST /v1/orders/{id}/${action}`,
  })),
  {
    pattern: /^\/v1\/orders\/[^/]+\/returns\/[^/]+\/receipt$/,
    route: 'POST /v1/orders/{id}/returns/{returnId}/receipt',
  },
];

/** The id of a client's command; null for a path this version knows nothing of. */
export function commandOf({ store, path, key }: ClientStep): string | null {
  const known = routes.find(({ pattern }) => pattern.test(path));
  return known ? commandIdOf(store, known.route, path, key) : null;
}
