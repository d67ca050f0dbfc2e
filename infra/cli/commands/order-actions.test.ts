import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { runCli } from '../run-cli.ts';
import * as orders from './orders.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** An API that takes every POST and shows the order given; what it was sent is in `sent`. */
async function cliAgainst(order: object, argv: readonly string[]) {
  const sent: { readonly url: string; readonly key: string; readonly body: unknown }[] = [];
  const server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const isPost = request.method === 'POST';
      if (isPost) {
        const key = String(request.headers['idempotency-key']);
        sent.push({ url: request.url ?? '', key, body: JSON.parse(text) });
      }
      const accepted = { id: 'R1', orderId: 'o-1', links: { order: '/v1/orders/o-1?after=0:5' } };
      response.writeHead(isPost ? 202 : 200).end(JSON.stringify(isPost ? accepted : order));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const text = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text.out += String(chunk)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((text.err += String(chunk)), true));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await runCli([orders], ['orders', ...argv, '--api', api, '--key', 'mr_test_x', '--json']);
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  return { code, sent, ...text };
}

const shown = (outcome: string, reason: string | null) => ({
  orderId: 'o-1',
  status: 'confirmed',
  requests: [{ id: 'R1', outcome, reason }],
});

test('a wish goes out once under the key given, and its outcome is shown', async () => {
  const argv = ['refund', 'o-1', '--amount', '250', '--currency', 'GBP', '--idempotency-key', 'k-1'];
  const { code, sent, out } = await cliAgainst(shown('done', null), argv);
  expect(sent).toEqual([
    { url: '/v1/orders/o-1/refunds', key: 'k-1', body: { amountMinor: 250, currency: 'GBP' } },
  ]);
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    { id: 'R1', order: { requests: [{ outcome: 'done' }] } },
  ]);
});

test('what the order’s owner refuses is exit 4 with his reason, though the API had accepted it', async () => {
  const { code, out, err } = await cliAgainst(shown('refused', 'over-refund'), ['cancel', 'o-1']);
  expect([code, out]).toEqual([4, '']);
  expect(JSON.parse(err)).toMatchObject({
    code: 'order-state-conflict',
    message: 'the order refuses it: over-refund',
    next: 'npx millrace orders show o-1 --explain',
  });
});
