import { once } from 'node:events';
import http from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Hint, Op, PspAdapter } from '../psp.ts';
import { createSimulatorAdapter } from '../simulator-adapter.ts';
import { anOp, captureOf, laterOf } from '../testing/psp.contract.ts';
import { type SimulatorProcess, simulatorProcess } from '../testing/simulator-process.ts';

const never = new AbortController().signal;
const day = 86_400_000;
const flags = ['--latency-ms', '1-2'];

let simulator: SimulatorProcess;
let psp: PspAdapter;
beforeAll(async () => {
  simulator = await simulatorProcess();
  psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs: 2_000 });
});
afterAll(async () => {
  await psp.close();
  await simulator.remove();
});

const captured = async (methodRef: string): Promise<{ readonly op: Op; readonly pspRef: string }> => {
  const op = anOp({ methodRef });
  const authorized = await psp.run(op, never);
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  expect((await psp.run(captureOf(op, pspRef), never)).is).toBe('ok');
  return { op, pspRef };
};

/** Where webhooks arrive. */
interface Received {
  readonly url: string;
  readonly hint: Hint | 'not-authentic' | 'malformed';
  readonly raw: string;
}

describe('webhook', () => {
  const received: Received[] = [];
  let answer = 200;
  const receiver = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      received.push({
        url: request.url ?? '',
        hint: psp.readHint(raw, request.headers),
        raw: raw.toString(),
      });
      response.writeHead(answer).end();
    });
  });
  let env: Record<string, string>;
  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    env = { PSP_WEBHOOK_URL: `http://127.0.0.1:${port}/v1/webhooks/fake/{store}` };
    await simulator.start(flags, env);
  });
  afterEach(() => {
    answer = 200;
  });
  afterAll(() => void receiver.close());

  const of = ({ orderId }: Op): readonly Received[] => received.filter(({ raw }) => raw.includes(orderId));
  const kindsOf = (op: Op): readonly string[] =>
    of(op).flatMap(({ hint }) => (typeof hint === 'string' ? [hint] : [hint.kind]));
  const until = async (is: () => boolean): Promise<void> => {
    for (const deadline = Date.now() + 10_000; !is(); ) {
      if (Date.now() > deadline) throw new Error(`not within 10 s; received ${received.length}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const both = ['payment_intent.amount_capturable_updated', 'payment_intent.succeeded'];

  test('tells of each change once, signed, at the store’s address, naming payment, order and op', async () => {
    const { op, pspRef } = await captured('tok_ok');
    await until(() => of(op).length === 2);
    expect(kindsOf(op).toSorted()).toEqual(both);
    expect(of(op)[0]).toMatchObject({
      url: '/v1/webhooks/fake/S1',
      hint: { pspRef, orderId: op.orderId, opId: op.opId, isKnown: true, livemode: false },
    });
    await psp.run(laterOf(op, 'refund', pspRef), never);
    await simulator.control({ do: 'dispute', payment: pspRef, status: 'open' });
    await until(() => received.some(({ raw }) => raw.includes(`dp_${pspRef}`)));
    await until(() => kindsOf(op).includes('refund.created'));
  });

  test('twice', async () => {
    const { op } = await captured('tok_webhook_twice');
    await until(() => of(op).length === 4);
    const ids = of(op).map(({ hint }) => (typeof hint === 'string' ? hint : hint.eventId));
    expect(new Set(ids).size).toBe(2);
  });

  test('reordered', async () => {
    const op = anOp({ methodRef: 'tok_webhook_reordered' });
    const other = anOp();
    await psp.run(op, never);
    await psp.run(other, never);
    await until(() => of(op).length === 1 && of(other).length === 1);
    expect(received.findIndex(({ raw }) => raw.includes(other.orderId))).toBeLessThan(
      received.findIndex(({ raw }) => raw.includes(op.orderId)),
    );
  });

  test('lost, and 3 days late', async () => {
    const lost = await captured('tok_webhook_lost');
    const late = await captured('tok_webhook_late');
    const mark = await captured('tok_ok');
    await until(() => of(mark.op).length === 2);
    expect([of(lost.op).length, of(late.op).length]).toEqual([0, 0]);
    await simulator.control({ do: 'advance-clock', ms: 3 * day });
    await until(() => of(late.op).length === 2);
    expect(of(late.op).every(({ hint }) => hint !== 'not-authentic')).toBe(true); // signed when it is sent
    expect(of(lost.op)).toEqual([]);
  });

  test('forged: somebody else’s signature is refused, the true one follows', async () => {
    const op = anOp({ methodRef: 'tok_webhook_forged' });
    await psp.run(op, never);
    await until(() => of(op).length === 2);
    expect(kindsOf(op)).toEqual(['not-authentic', both[0]]);
  });

  test('before the reply', async () => {
    const op = anOp({ methodRef: 'tok_webhook_early' });
    await psp.run(op, never);
    expect(kindsOf(op)).toEqual([both[0]]);
  });

  test('for no order', async () => {
    const op = anOp({ methodRef: 'tok_webhook_orphan' });
    const authorized = await psp.run(op, never);
    const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
    await until(() => received.some(({ raw }) => raw.includes(`pi_orphan_${pspRef}`)));
    const orphan = received.find(({ raw }) => raw.includes('pi_orphan'))?.hint;
    expect(orphan).toMatchObject({ isKnown: true, pspRef: `pi_orphan_${pspRef}` });
    expect(orphan).not.toHaveProperty('orderId');
  });

  test('is delivered again until it is taken, also after a kill', async () => {
    answer = 503;
    const op = anOp();
    await psp.run(op, never);
    await until(() => of(op).length >= 1);
    await simulator.kill();
    answer = 200;
    const before = of(op).length;
    await simulator.start(flags, env);
    await until(() => of(op).length > before);
    const ids = of(op).map(({ hint }) => (typeof hint === 'string' ? hint : hint.eventId));
    expect(new Set(ids).size).toBe(1);
  });
});
