import { createMillraceClient } from '@millrace/client';

// Shows what was sold and the stock of a SKU, as both change. usage: node watch-shop.ts <SKU> [seconds]
const { API = 'http://127.0.0.1:8080', KEY = '' } = process.env;
const millrace = createMillraceClient({ api: API, key: KEY });
const [sku = '85123A', seconds = '60'] = process.argv.slice(2);
const watched = {
  sales: { path: '/v1/analytics/sales', params: { query: { bucket: 'day' } } },
  stock: { path: '/v1/stock/{sku}', params: { path: { sku } } },
} as const;

for await (const item of millrace.live(watched, { signal: AbortSignal.timeout(Number(seconds) * 1000) })) {
  if (item.is === 'failed') throw new Error(`${item.problem.code}: ${item.problem.detail}`);
  if (item.is === 'problem') console.log(`${item.of}: ${item.problem.code}`);
  else if (item.of === 'stock') console.log(`${sku}: ${item.body.available} available`);
  else for (const sum of item.body.totals) console.log(`${sum.currency}: ${sum.units} units sold`);
}
