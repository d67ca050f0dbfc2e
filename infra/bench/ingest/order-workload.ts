import { scopes } from '../../../schemas/api-key.ts';
import { seededRandom } from '../../clients/seeded-random.ts';

/** What the front door is asked in these benchmarks, and by whom. */
export const ingestStore = 'bench';
export const ingestScopes = scopes.filter((scope) => scope !== 'orders:priced');
export const ingestSkus = 1_000;
/** Customers who order again and again: their keys are made during the warm-up. */
const customers = 1_000;
const bodiesMade = 4_096;

export const skuAt = (n: number): string => `SKU${String(n).padStart(5, '0')}`;

/** The bytes of an order without its head: 1, 2 or 3 lines, quantity 1 to 5, SKUs and customers uniform. */
export function orderBodies(seed: number): readonly string[] {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  return Array.from({ length: bodiesMade }, () =>
    JSON.stringify({
      customerId: `c-${below(customers)}`,
      currency: 'GBP',
      lines: Array.from({ length: 1 + below(3) }, () => ({
        sku: skuAt(below(ingestSkus)),
        quantity: 1 + below(5),
      })),
      paymentToken: 'tok_ok',
    }),
  );
}

/** One request as it goes over the wire; `n` makes its idempotency key. */
export const orderRequest = (credential: string, run: string, n: number, body: string): string =>
  `POST /v1/orders HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${credential}\r\n` +
  `Content-Type: application/json\r\nIdempotency-Key: ${run}-${n}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
