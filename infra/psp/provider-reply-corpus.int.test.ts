import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../../api/testing/corpus-bytes.ts';
import type { BodyGen } from '../../api/testing/corpus-case.ts';
import { loadConfig } from '../config/config.ts';
import { repositoryRoot } from '../config/variables.ts';
import type { Op, Outcome, Psp } from './psp.ts';
import { createSimulatorAdapter } from './simulator-adapter.ts';
import { createStripeAdapter } from './stripe/stripe-adapter.ts';
import { anOp, captureOf } from './testing/psp.contract.ts';
import { simulatorProcess } from './testing/simulator-process.ts';

interface ReplyCase {
  readonly id: string;
  readonly class: string;
  readonly title: string;
  readonly request: {
    readonly operation: { readonly amountMinor: number; readonly currency: string; readonly pspRef: string };
    readonly reply: {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly json?: object;
      readonly bodyGen?: BodyGen;
      readonly hangMs?: number;
    };
  };
  readonly expect: { readonly status: Outcome['is']; readonly problemType: string | null };
}

const file = path.join(repositoryRoot, 'api/http/corpus/bad-input-http.json');
const cases = (JSON.parse(readFileSync(file, 'utf8')) as readonly ReplyCase[]).filter(
  ({ class: of }) => of === 'provider-reply',
);
const never = new AbortController().signal;
const timeoutMs = 300;
const opId = 'o-0123456789ABCDEFGHJKMNPQRS:capture:1';

test('the class has its 12 cases', () => {
  expect(cases).toHaveLength(12);
});

/** A provider that answers every call in one way. Redirects would be counted too. */
async function answering({ request: { reply } }: ReplyCase) {
  let calls = 0;
  const filled = (text: string): string => text.replaceAll('{{op.own}}', opId);
  const server = http.createServer((request, response) => {
    calls += 1;
    request.resume();
    if (reply.hangMs !== undefined) return; // longer than anybody waits
    const body = reply.json
      ? Buffer.from(filled(JSON.stringify(reply.json)))
      : reply.bodyGen
        ? generate(reply.bodyGen, () => undefined)
        : Buffer.from(reply.body ?? '');
    const type = reply.json ? { 'content-type': 'application/json' } : {};
    response.on('error', () => undefined); // who has read enough hangs up
    response.writeHead(reply.status ?? 200, { ...type, ...reply.headers });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => calls,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const adapters: readonly (readonly [string, (url: string) => Psp])[] = [
  ['the simulator’s adapter', (url) => createSimulatorAdapter({ url, secret: 'any secret', timeoutMs })],
  [
    'Stripe’s adapter',
    (url) => createStripeAdapter({ url, secretKey: 'sk_test_any', webhookSecrets: [], timeoutMs }),
  ],
];

describe.each(adapters)('%s', (_, adapterOf) => {
  test.each(cases.map((one) => [one.id, one.title, one] as const))('%s: %s', async (_id, _title, one) => {
    const provider = await answering(one);
    const psp = adapterOf(provider.url);
    const { amountMinor, currency, pspRef } = one.request.operation;
    const op: Op = captureOf(anOp({ amount: { minor: amountMinor, currency } }), pspRef, { opId });
    const outcome = await psp.run(op, never);
    const { status, problemType } = one.expect;
    expect(outcome.is).toBe(status);
    expect('cause' in outcome ? outcome.cause : null).toBe(problemType);
    if (outcome.is === 'not-executed') expect(outcome).toMatchObject({ again: true, afterMs: 2_000 });
    if (outcome.is === 'no') expect(outcome).toMatchObject({ code: 'insufficient_funds', next: 'later' });
    expect(provider.calls()).toBe(1);
    await psp.close();
    await provider.close();
  });
});

test('an operation is given up after 20 s unless the configuration says otherwise', () => {
  const secret = 'a secret of this test only';
  const { pspTimeoutMs } = loadConfig(
    {},
    {
      env: Object.fromEntries(
        ['FINGERPRINT', 'CURSOR', 'PSP', 'CUSTOMER_KEY'].map((name) => [`MILLRACE_${name}_SECRET`, secret]),
      ),
      envFile: '',
    },
  );
  expect(pspTimeoutMs).toBe(20_000);
});

test.each([
  ['500-after', 'server'],
  ['timeout', 'timeout'],
] as const)(
  '%s, after the money moved: the same key and bytes again, one capture in its ledger',
  async (fault, cause) => {
    const simulator = await simulatorProcess();
    await simulator.start(['--latency-ms', '1-2']);
    const psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs });
    const op = anOp({ amount: { minor: 2_280, currency: 'GBP' } });
    const authorized = await psp.run(op, never);
    await simulator.control({ do: 'plan-fault', fault, times: 1, orderId: op.orderId, kind: 'capture' });
    const capture = captureOf(op, 'pspRef' in authorized ? (authorized.pspRef ?? '') : '');
    expect(await psp.run(capture, never)).toEqual({ is: 'unknown', cause });
    expect(await psp.run(capture, never)).toMatchObject({ is: 'ok', replayed: true });
    const { operations, conflicts, payments } = await simulator.ledger();
    expect(operations.filter(({ kind }) => kind === 'capture')).toMatchObject([{ done: true }]);
    expect(conflicts).toEqual([]);
    expect(payments).toMatchObject([{ captured: 2_280 }]);
    await psp.close();
    await simulator.remove();
  },
);
