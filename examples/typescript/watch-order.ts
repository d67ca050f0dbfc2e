import { createMillraceClient } from '@millrace/client';

// Shows each step of an order until it has come to rest. usage: node watch-order.ts <order id>
const { API = 'http://127.0.0.1:8080', KEY = '' } = process.env;
const millrace = createMillraceClient({ api: API, key: KEY });
const [orderId = ''] = process.argv.slice(2);
const rest = new Set(['confirmed', 'rejected', 'declined', 'expired', 'cancelled']);

for await (const item of millrace.orderEvents(orderId, { signal: AbortSignal.timeout(60_000) })) {
  if (item.is === 'failed') throw new Error(`${item.problem.code}: ${item.problem.detail}`);
  if (item.is === 'reset') {
    // Older events are no longer kept: what the order is now says more than what is missing.
    const order = await millrace.GET('/v1/orders/{id}', { params: { path: { id: orderId } } });
    console.log(order.ok ? `now ${order.data.status}` : order.problem.detail);
    continue;
  }
  console.log(`${item.event.at} ${item.event.type} ${item.event.status}`);
  if (rest.has(item.event.status)) break;
}
