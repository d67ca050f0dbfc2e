import { appendFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readProviderLedger } from '../audit/read-provider.ts';
import { freePort } from '../local/free-port.ts';
import type { Op, Outcome, Psp } from './psp.ts';
import { createSimulatorAdapter } from './simulator-adapter.ts';
import { anOp, captureOf, pspContract } from './testing/psp.contract.ts';
import { type SimulatorProcess, simulatorProcess } from './testing/simulator-process.ts';

const never = new AbortController().signal;

pspContract('the simulator over HTTP', async () => {
  const simulator = await simulatorProcess();
  await simulator.start(['--latency-ms', '2-4']);
  const psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs: 1_000 });
  return {
    psp,
    control: (control) => simulator.control(control),
    operations: async () => (await readProviderLedger(simulator.url, simulator.secret)) ?? [],
    away: () => simulator.kill(),
    async close() {
      await psp.close();
      await simulator.remove();
    },
  };
});

describe('against the real simulator process', () => {
  let simulator: SimulatorProcess;
  let psp: Psp;
  beforeAll(async () => {
    simulator = await simulatorProcess();
    await simulator.start();
    psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs: 5_000 });
  });
  afterAll(async () => {
    await psp.close();
    await simulator.remove();
  });

  test('a wrong secret: nothing executed, to be sent again, and look-ups are no answer', async () => {
    const stranger = createSimulatorAdapter({
      url: simulator.url,
      secret: 'another secret',
      timeoutMs: 5_000,
    });
    const op = anOp();
    expect(await stranger.run(op, never)).toEqual({
      is: 'not-executed',
      code: 'unauthorized',
      again: true,
      alarm: 'credentials',
    });
    expect(await stranger.lookUp({ opId: op.opId })).toBe('unavailable');
    await stranger.close();
    expect(await psp.lookUp({ opId: op.opId })).toBe('not-found');
  });

  test('keeps its books over kill -9 in mid-operation, and a torn last line', async () => {
    const ops = Array.from({ length: 40 }, () => anOp());
    const running = ops.map((op) => psp.run(op, never));
    await Promise.race(running);
    await simulator.kill();
    const outcomes = await Promise.all(running);
    expect(await psp.run(anOp(), never)).toEqual({ is: 'not-executed', code: 'ECONNREFUSED', again: true });
    expect(await psp.lookUp({ opId: 'any' })).toBe('unavailable');
    await appendFile(path.join(simulator.folder, 'psp/ledger.ndjson'), '{"key":"torn","sha2');
    await simulator.start();
    const again = await Promise.all(ops.map((op) => psp.run(op, never)));
    expect(again.map(({ is }) => is)).toEqual(ops.map(() => 'ok'));
    outcomes.forEach((outcome, i) => {
      if (outcome.is === 'ok') expect(again[i]).toEqual({ ...outcome, replayed: true });
      else expect(['unknown', 'not-executed']).toContain(outcome.is);
    });
    const { operations } = await simulator.ledger();
    for (const op of ops) expect(operations.filter(({ opId }) => opId === op.opId)).toHaveLength(1);
  });

  test('ends with 0 on SIGTERM, and takes no flag it does not know', async () => {
    expect(await simulator.stop()).toBe(0);
    await expect(simulator.start(['--latency-ms', '9-1'])).rejects.toThrow('ended with 2');
    await simulator.start();
  });
});

describe('against a server that misbehaves', () => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(() => close());

  /** A raw server that hands each connection to `treat` with what it has got so far. */
  async function misbehaving(
    treat: (socket: net.Socket, received: string) => void,
    settings: { readonly timeoutMs?: number; readonly connectionsMax?: number } = {},
  ): Promise<{ readonly psp: Psp; readonly seen: string[] }> {
    const seen: string[] = [];
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined); // the adapter hangs up where it must
      socket.on('data', (data) => {
        seen.push(data.toString());
        treat(socket, data.toString());
      });
    });
    const port = await freePort(0);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${port}`;
    const psp = createSimulatorAdapter({ url, secret: 'any secret', timeoutMs: 5_000, ...settings });
    close = async () => {
      await psp.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
    return { psp, seen };
  }

  const reply = (status: string, body: string, type = 'application/json', more = ''): string =>
    `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const answering = (text: string) => misbehaving((socket) => socket.write(text));

  const good = (op: Op): Record<string, unknown> => ({
    id: 'pi_1',
    object: 'payment_intent',
    status: 'requires_capture',
    amount: op.amount.minor,
    amount_received: 0,
    currency: op.amount.currency.toLowerCase(),
    latest_charge: { payment_method_details: { card: { capture_before: 5 } } },
    metadata: { opId: op.opId, orderId: op.orderId },
  });
  const error = (type: string, code: string): string =>
    JSON.stringify({ error: { type, code, message: 'x' } });

  test('a reply as it should be is ok: the table below has nothing to blame but its one difference', async () => {
    const op = anOp();
    const { psp, seen } = await answering(reply('200 OK', JSON.stringify(good(op))));
    expect(await psp.run(op, never)).toEqual({
      is: 'ok',
      pspRef: 'pi_1',
      amount: op.amount,
      captureBeforeMs: 5_000,
    });
    expect(seen.join('')).toContain(`idempotency-key: ${op.key}`);
  });

  test.each<[string, (op: Op) => object]>([
    ['another amount', () => ({ amount: 1_249 })],
    ['another currency', () => ({ currency: 'eur' })],
    ['the reference of another op', ({ orderId }) => ({ metadata: { opId: 'o-0:authorize:1', orderId } })],
    ['the reference of another order', ({ opId }) => ({ metadata: { opId, orderId: 'o-0' } })],
    ['a capture of less, nobody asked for it', () => ({ status: 'succeeded', amount_received: 1_249 })],
  ])('an ok with %s is unknown (mismatch)', async (_, change) => {
    const op = anOp();
    const { psp } = await answering(reply('200 OK', JSON.stringify({ ...good(op), ...change(op) })));
    expect(await psp.run(op, never)).toEqual({ is: 'unknown', cause: 'mismatch' });
  });

  test.each([
    ['another authorization', { id: 'pi_2', status: 'succeeded', amount_received: 1_250 }],
    ['less captured', { status: 'succeeded', amount_received: 1_249 }],
    ['nothing captured', {}],
  ])('an ok to a capture with %s is unknown (mismatch)', async (_, change) => {
    const op = captureOf(anOp(), 'pi_1');
    const { psp } = await answering(reply('200 OK', JSON.stringify({ ...good(op), ...change })));
    expect(await psp.run(op, never)).toEqual({ is: 'unknown', cause: 'mismatch' });
  });

  const unmapped: Outcome = { is: 'unknown', cause: 'unmapped' };
  const server: Outcome = { is: 'unknown', cause: 'server' };
  const conflict: Outcome = { is: 'unknown', cause: 'conflict' };
  const fine = JSON.stringify(good(anOp()));
  test.each<[string, string, Outcome]>([
    ['HTML', reply('200 OK', '<html>fine</html>', 'text/html'), unmapped],
    ['JSON that calls itself HTML', reply('200 OK', fine, 'text/html'), unmapped],
    ['half a JSON text', reply('200 OK', '{"id":"pi_1",'), unmapped],
    ['an empty body', reply('200 OK', ''), unmapped],
    ['an object with fields missing', reply('200 OK', '{"id":"pi_1"}'), unmapped],
    ['a status word nobody knows', reply('200 OK', fine.replace('requires_capture', 'dreaming')), unmapped],
    ['another success', reply('201 Created', fine), unmapped],
    ['more than 64 KB', reply('200 OK', JSON.stringify({ pad: 'x'.repeat(70_000) })), unmapped],
    [
      '400',
      reply('400 Bad', error('invalid_request', 'parameter')),
      { is: 'not-executed', code: 'parameter', again: false, alarm: 'our-bug' },
    ],
    ['400 without an error body', reply('400 Bad', '{}'), unmapped],
    [
      '401',
      reply('401 No', error('authentication', 'bad_key')),
      { is: 'not-executed', code: 'bad_key', again: true, alarm: 'credentials' },
    ],
    [
      '402 of an unknown code',
      reply('402 No', error('card_error', 'new_code')),
      { is: 'no', code: 'new_code', next: 'other-method' },
    ],
    ['402 that is no card error', reply('402 No', error('api_error', 'new_code')), unmapped],
    ['a key twice', reply('200 OK', fine.replace('{', '{"status":"succeeded",')), unmapped],
    ['429 without a body', reply('429 Slow', ''), { is: 'not-executed', code: 'rate_limited', again: true }],
    ['429 of a lock', reply('429 Slow', error('invalid_request_error', 'lock_timeout')), conflict],
    ['402 in HTML', reply('402 No', '<p>declined</p>', 'text/html'), unmapped],
    ['404', reply('404 No', error('invalid_request', 'no_such_object')), unmapped],
    ['409', reply('409 Busy', error('idempotency_error', 'key_in_use')), conflict],
    [
      'a key with other parameters',
      reply('400 Bad', error('idempotency_error', 'key_reused')),
      { ...conflict, alarm: 'byte-rule' },
    ],
    [
      '429 with Retry-After',
      reply('429 Slow', error('rate', 'rate_limited'), 'application/json', 'retry-after: 7\r\n'),
      { is: 'not-executed', code: 'rate_limited', again: true, afterMs: 7_000 },
    ],
    ['424', reply('424 Failed', error('api', 'dependency')), server],
    ['500', reply('500 Oops', error('api', 'oops')), server],
    ['502 in HTML', reply('502 Bad Gateway', '<p>nginx</p>', 'text/html'), server],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', { is: 'unknown', cause: 'reset' }],
  ])('%s', async (_, text, outcome) => {
    const { psp } = await answering(text);
    expect(await psp.run(anOp(), never)).toEqual(outcome);
  });

  test('a reply that is not UTF-8 is unknown, though it looks like JSON', async () => {
    const op = anOp();
    const text = reply('200 OK', JSON.stringify({ ...good(op), note: '?' }));
    const { psp } = await misbehaving((socket) => socket.write(text.replace('?', '\u00ff'), 'latin1'));
    expect(await psp.run(op, never)).toEqual(unmapped);
  });

  test('a redirect is unknown and never followed', async () => {
    const { psp, seen } = await answering(
      reply('307 Go', '{}', 'application/json', 'location: /elsewhere\r\n'),
    );
    expect(await psp.run(anOp(), never)).toEqual(unmapped);
    expect(seen).toHaveLength(1);
  });

  test('silence is unknown (timeout) after the time of an op', async () => {
    const { psp, seen } = await misbehaving(() => undefined, { timeoutMs: 150 });
    expect(await psp.run(anOp(), never)).toEqual({ is: 'unknown', cause: 'timeout' });
    expect(seen).toHaveLength(1);
  });

  test('a reply that never ends is unknown (timeout)', async () => {
    const { psp } = await misbehaving(
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'),
      { timeoutMs: 150 },
    );
    expect(await psp.run(anOp(), never)).toEqual({ is: 'unknown', cause: 'timeout' });
  });

  test.each<[string, (socket: net.Socket) => void]>([
    ['after the request', (socket) => socket.destroy()],
    ['by a reset', (socket) => socket.resetAndDestroy()],
    [
      'in mid-reply',
      (socket) =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"id"'),
    ],
    [
      'before a chunked reply ends',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"id"\r\n'),
    ],
  ])('a connection that breaks %s is unknown (reset)', async (_, treat) => {
    const { psp } = await misbehaving(treat);
    expect(await psp.run(anOp(), never)).toEqual({ is: 'unknown', cause: 'reset' });
  });

  test('a connection that was used before proves nothing when it breaks', async () => {
    const first = anOp();
    let requests = 0;
    const { psp } = await misbehaving((socket) => {
      requests += 1;
      if (requests === 1) socket.write(reply('200 OK', JSON.stringify(good(first))));
      else socket.resetAndDestroy();
    });
    expect((await psp.run(first, never)).is).toBe('ok');
    expect(await psp.run(anOp(), never)).toEqual({ is: 'unknown', cause: 'reset' });
  });

  test('no connection proves that nothing happened: refused, no such name, nobody answers', async () => {
    const none = { secret: 'any secret', timeoutMs: 5_000, connectTimeoutMs: 150 };
    const run = async (url: string): Promise<Outcome> => {
      const psp = createSimulatorAdapter({ ...none, url });
      const outcome = await psp.run(anOp(), never);
      await psp.close();
      return outcome;
    };
    expect(await run(`http://127.0.0.1:${await freePort(0)}`)).toEqual({
      is: 'not-executed',
      code: 'ECONNREFUSED',
      again: true,
    });
    expect(await run('http://no-such-host.invalid')).toMatchObject({ is: 'not-executed', again: true });
  });

  test('who waits for a free connection past his time has sent nothing', async () => {
    const { psp, seen } = await misbehaving(() => undefined, { timeoutMs: 200, connectionsMax: 1 });
    expect(await Promise.all([psp.run(anOp(), never), psp.run(anOp(), never)])).toEqual([
      { is: 'unknown', cause: 'timeout' },
      { is: 'not-executed', code: 'timeout', again: true },
    ]);
    expect(seen).toHaveLength(1);
  });

  test('stops waiting when told, before the call and during it', async () => {
    const { psp, seen } = await misbehaving(() => undefined);
    expect(await psp.run(anOp(), AbortSignal.abort())).toEqual({
      is: 'not-executed',
      code: 'stopped',
      again: true,
    });
    expect(seen).toEqual([]);
    const stop = new AbortController();
    const running = psp.run(anOp(), stop.signal);
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await running).toEqual({ is: 'unknown', cause: 'reset' });
  });
});
