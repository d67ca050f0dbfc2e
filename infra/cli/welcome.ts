import { welcomeSku } from './welcome-product.ts';
import type { StackSummary } from '../local/stack-status.ts';

/** What `npm start` prints when everything runs: where things are, and the first order to place. */
export function welcomeText({ api, dashboard, shop, docs, keys, dataDir }: StackSummary): string {
  const order = `{"customerId":"c-17850","currency":"GBP","lines":[{"sku":"${welcomeSku}","quantity":6}],"paymentToken":"tok_ok"}`;
  return [
    '',
    'Millrace runs.',
    '',
    `  dashboard  ${dashboard}`,
    ...(shop === undefined ? [] : [`  shop       ${shop}`]),
    `  API        ${api}/v1`,
    `  docs       ${docs}`,
    `  test key   ${keys.full}`,
    '',
    'Place an order (again: the same answer; with another quantity: 422):',
    '',
    `  curl -i ${api}/v1/orders --oauth2-bearer ${keys.full} -H 'Idempotency-Key: cart-42' \\`,
    `    --json '${order}'`,
    '',
    `Ctrl-C stops everything and keeps the data (${dataDir}).`,
    '',
  ].join('\n');
}
