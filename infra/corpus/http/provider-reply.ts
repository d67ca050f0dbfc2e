import { once } from 'node:events';
import http from 'node:http';
import type { Op, Outcome, Psp } from '../../psp/psp.ts';
import { createSimulatorAdapter } from '../../psp/simulator-adapter.ts';
import { createStripeAdapter } from '../../psp/stripe/stripe-adapter.ts';
import { bodyBytes } from './body-bytes.ts';
import { fill, type Placeholders } from './fill.ts';
import type { Expectation, ProviderReply } from './http-case.ts';
import type { Got } from './judge-answer.ts';

const opId = 'o-0123456789ABCDEFGHJKMNPQRS:capture:1';
/** Instead of the 20 s that are configured: a provider that hangs does so for longer than anybody waits. */
const timeoutMs = 300;
const never = new AbortController().signal;

/** An adapter is told the provider's address, and each must say the same of a reply. */
const adapters: Readonly<Record<string, (url: string) => Psp>> = {
  simulator: (url) => createSimulatorAdapter({ url, secret: 'any secret', timeoutMs }),
  stripe: (url) => createStripeAdapter({ url, secretKey: 'sk_test_any', webhookSecrets: [], timeoutMs }),
};

/** Gives a reply to every adapter as the answer to its operation; what they made of it, and how that differs. */
export async function runProviderReply(request: ProviderReply, expected: Expectation): Promise<Got> {
  const wanted = [expected.status].flat().map(String);
  const causes = expected.problemTypes ?? [expected.problemType ?? null];
  const differences: string[] = [];
  let first: Outcome | null = null;
  for (const [name, adapterOf] of Object.entries(adapters)) {
    const provider = await answering(request);
    const psp = adapterOf(provider.url);
    try {
      const outcome = await psp.run(opOf(request), never);
      first ??= outcome;
      if (!wanted.includes(outcome.is)) differences.push(`${name}: ${outcome.is}`);
      if (!causes.includes(causeOf(outcome))) differences.push(`${name}: the cause is ${causeOf(outcome)}`);
      differences.push(...whenAgain(request, outcome).map((text) => `${name}: ${text}`));
      if (provider.calls() !== 1) differences.push(`${name}: ${provider.calls()} calls instead of one`);
    } finally {
      await psp.close();
      await provider.close();
    }
  }
  return { status: first?.is ?? 'no outcome', problemType: first && causeOf(first), differences };
}

const causeOf = (outcome: Outcome): string | null => ('cause' in outcome ? outcome.cause : null);

/** A provider that says when to come again is believed. */
function whenAgain({ reply }: ProviderReply, outcome: Outcome): readonly string[] {
  const [, seconds] = Object.entries(reply.headers ?? {}).find(([name]) => /^retry-after$/i.test(name)) ?? [];
  if (outcome.is !== 'not-executed' || !/^\d+$/.test(seconds ?? '')) return [];
  const wantedMs = Number(seconds) * 1_000;
  return outcome.afterMs === wantedMs ? [] : [`again after ${outcome.afterMs} ms instead of ${wantedMs}`];
}

const placeholders: Placeholders = (name) => (name === 'op.own' ? opId : undefined);

function opOf({ operation }: ProviderReply): Op {
  const { kind, amountMinor, currency, pspRef } = operation;
  const id = fill(operation.opId, placeholders);
  return {
    opId: id,
    orderId: id.split(':', 1)[0] ?? '',
    store: 'S1',
    kind,
    attempt: 1,
    key: `key-${id}`,
    amount: { minor: amountMinor, currency },
    atMs: 1,
    ...(kind === 'authorize' ? { methodRef: 'tok_ok' } : {}),
    ...(pspRef === undefined ? {} : { pspRef }),
  };
}

/** A provider that answers every call in one way. Redirects would be counted too. */
async function answering({ reply }: ProviderReply) {
  let calls = 0;
  const body =
    reply.json === undefined
      ? (bodyBytes(reply, placeholders) ?? Buffer.alloc(0))
      : Buffer.from(fill(JSON.stringify(reply.json), placeholders));
  const type = reply.json === undefined ? {} : { 'content-type': 'application/json' };
  const answer = (response: http.ServerResponse): void => {
    response.writeHead(reply.status ?? 200, { ...type, ...reply.headers });
    response.end(body);
  };
  const server = http.createServer((request, response) => {
    calls += 1;
    request.resume();
    response.on('error', () => undefined); // who has read enough hangs up
    if (reply.hangMs === undefined) answer(response);
    else setTimeout(answer, reply.hangMs, response).unref();
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
