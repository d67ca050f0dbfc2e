import { createMillraceClient } from '@millrace/client';

// Cancels an order and shows what became of the wish. usage: node cancel-order.ts <order id>
const { API = 'http://127.0.0.1:8080', KEY = '' } = process.env;
const millrace = createMillraceClient({ api: API, key: KEY });
const [id = ''] = process.argv.slice(2);

const cancel = await millrace.POST('/v1/orders/{id}/cancel', {
  params: { path: { id } },
  body: { reason: 'changed-mind' },
  idempotencyKey: `cancel-${id}`,
});
if (!cancel.ok) throw new Error(`${cancel.problem.code}: ${cancel.problem.detail}`);

// 202 says that the wish is on the log. `after` waits until the view has come to it; `requests` tells what became of it.
const read = await millrace.GET('/v1/orders/{id}', {
  params: { path: { id }, query: { after: cancel.data.position } },
});
if (!read.ok) throw new Error(`${read.problem.code}: ${read.problem.detail}`);
if (read.data.status === 'parked') throw new Error('the order waits for a person');
const mine = read.data.requests.find((request) => request.id === cancel.data.id);
console.log(`${mine?.event} ${mine?.outcome}`);

const cancelled = await millrace.waitFor(id, 'cancelled');
console.log(cancelled.ok ? cancelled.data.status : cancelled.problem.detail);
