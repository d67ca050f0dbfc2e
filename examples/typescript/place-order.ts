import { createMillraceClient } from '@millrace/client';

// Places one order, twice, and waits until it is paid. The second call is what a retry after a crash looks like.
const { API = 'http://127.0.0.1:8080', KEY = '', CART = `cart-${Date.now()}` } = process.env;
const millrace = createMillraceClient({ api: API, key: KEY });

const order = {
  customerId: 'c-17850',
  currency: 'GBP',
  lines: [{ sku: '85123A', quantity: 6 }],
  paymentToken: 'tok_ok',
};
const placed = await millrace.placeOrder(order, { idempotencyKey: CART });
if (!placed.ok) throw new Error(`${placed.problem.code}: ${placed.problem.detail}`);
console.log(`placed ${placed.data.orderId}`);

const again = await millrace.placeOrder(order, { idempotencyKey: CART });
if (again.ok) console.log(`again  ${again.data.orderId}, replayed: ${again.replayed}`);

const other = await millrace.placeOrder(
  { ...order, lines: [{ sku: '85123A', quantity: 7 }] },
  { idempotencyKey: CART },
);
if (!other.ok) console.log(`another quantity under the same key: ${other.problem.code}`);

const confirmed = await millrace.waitFor(placed.data, 'confirmed');
if (!confirmed.ok) throw new Error(`${confirmed.problem.code}: ${confirmed.problem.detail}`);
console.log(`${confirmed.data.status}, ${confirmed.data.totalMinor} pence`);
