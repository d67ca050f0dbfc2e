import { describe, expect, test } from 'vitest';
import { createProvider, type OperationLine } from './provider.ts';

const now = Date.UTC(2026, 0, 1);
const request = {
  kind: 'authorize',
  amount: 1_250,
  currency: 'GBP',
  method: 'tok_ok',
  authorization: null,
  metadata: { opId: 'o-1:authorize:1', orderId: 'o-1', store: 'S1' },
} as const;
const bytesOf = (change: object = {}): Buffer => Buffer.from(JSON.stringify({ ...request, ...change }));
const captureOf = (id: string, change: object = {}): Buffer =>
  bytesOf({
    kind: 'capture',
    method: null,
    authorization: id,
    metadata: { opId: 'o-1:capture:1', orderId: 'o-1', store: 'S1' },
    ...change,
  });

const reply = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const code = (text: string): unknown =>
  (reply(text)['error'] as Record<string, unknown> | undefined)?.['code'];

describe('the provider', () => {
  test('authorizes tok_ok, captures it once and keeps both amounts', () => {
    const provider = createProvider({ seed: 1 });
    const authorized = provider.execute('k1', bytesOf(), now);
    expect(authorized.status).toBe(200);
    const id = String(reply(authorized.reply)['id']);
    const captured = provider.execute('k2', captureOf(id), now);
    expect(reply(captured.reply)).toMatchObject({
      id,
      status: 'succeeded',
      amount_received: 1_250,
      metadata: { opId: 'o-1:authorize:1' },
    });
    const again = provider.execute('k3', captureOf(id), now);
    expect([again.status, code(again.reply)]).toEqual([400, 'payment_intent_unexpected_state']);
    expect(provider.dump(now).payments).toMatchObject([{ id, captured: 1_250, opId: 'o-1:authorize:1' }]);
    expect(provider.book.find('o-1:authorize:1', now)).toBe(provider.book.byId(id, now));
    expect(provider.book.find('o-1:capture:1', now)?.id).toBe(id);
  });

  test.each([
    ['tok_declined', 'card_declined'],
    ['tok_nobody_issued', 'invalid_method'],
  ])('declines %s as %s and makes no object', (method, wanted) => {
    const provider = createProvider({ seed: 1 });
    const answer = provider.execute('k1', bytesOf({ method }), now);
    expect([answer.status, code(answer.reply)]).toEqual([402, wanted]);
    expect(provider.dump(now)).toMatchObject({
      operations: [{ key: 'k1', status: 402, object: null }],
      payments: [],
    });
  });

  test('gives the first status and body again to the same key, an error too, and executes nothing', () => {
    const provider = createProvider({ seed: 1 });
    for (const [key, method] of [
      ['k1', 'tok_ok'],
      ['k2', 'tok_declined'],
    ] as const) {
      const first = provider.execute(key, bytesOf({ method }), now);
      const second = provider.execute(key, bytesOf({ method }), now + 1_000);
      expect(second).toEqual({ ...first, line: null, replayed: true });
    }
    expect(provider.dump(now).operations).toHaveLength(2);
  });

  test('refuses a key that comes with other bytes, and keeps their digest for the auditor', () => {
    const provider = createProvider({ seed: 1 });
    provider.execute('k1', bytesOf(), now);
    const answer = provider.execute('k1', bytesOf({ amount: 1_251 }), now);
    expect([answer.status, code(answer.reply), answer.line]).toEqual([400, 'idempotency_key_reused', null]);
    const { operations, conflicts } = provider.dump(now);
    expect(conflicts).toMatchObject([{ key: 'k1' }]);
    expect(conflicts[0]?.sha256).not.toBe(operations[0]?.sha256);
  });

  test('captures neither more than authorized, nor in another currency, nor after the authorization lapsed', () => {
    const provider = createProvider({ seed: 1 });
    const id = String(reply(provider.execute('k1', bytesOf(), now).reply)['id']);
    expect(provider.execute('k2', captureOf(id, { amount: 1_251 }), now).status).toBe(400);
    expect(provider.execute('k3', captureOf(id, { currency: 'EUR' }), now).status).toBe(400);
    expect(provider.execute('k4', captureOf('pi_other'), now).status).toBe(404);
    expect(code(provider.execute('k5', captureOf(id), now + 8 * 86_400_000).reply)).toBe(
      'charge_expired_for_capture',
    );
    expect(provider.book.byId(id, now)?.captured).toBe(0);
  });

  test.each([
    ['no JSON', Buffer.from('{')],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['an unknown field', bytesOf({ cvc: '123' })],
    ['an amount of nothing', bytesOf({ amount: 0 })],
    ['a fraction', bytesOf({ amount: 1.5 })],
    ['a kind nobody knows', bytesOf({ kind: 'payout' })],
    ['a refund by a method', bytesOf({ kind: 'refund' })],
    ['an authorize without a method', bytesOf({ method: null })],
    ['a capture without an authorization', captureOf('x', { authorization: null })],
  ])('keeps nothing of %s', (_, bytes) => {
    const provider = createProvider({ seed: 1 });
    expect(provider.execute('k1', bytes, now).status).toBe(400);
    expect(provider.dump(now)).toEqual({ operations: [], payments: [], conflicts: [] });
    expect(provider.execute('k1', bytesOf(), now).status).toBe(200);
  });

  test('restored from its lines it gives the same answers and the same dump', () => {
    const first = createProvider({ seed: 7 });
    const lines: OperationLine[] = [];
    const take = (key: string, bytes: Buffer): string => {
      const { line, reply: text } = first.execute(key, bytes, now);
      if (line) lines.push(line);
      return text;
    };
    const id = String(reply(take('k1', bytesOf()))['id']);
    take('k2', captureOf(id));
    take('k3', bytesOf({ method: 'tok_declined' }));
    const second = createProvider({ seed: 7 });
    for (const line of lines) second.restore(JSON.parse(JSON.stringify(line)) as OperationLine);
    expect(second.dump(now)).toEqual(first.dump(now));
    expect(second.execute('k2', captureOf(id), now + 5)).toEqual({
      ...first.execute('k2', captureOf(id), now + 9),
    });
    expect(second.execute('k4', captureOf(id), now).status).toBe(400);
  });

  test('makes references by seed and key alone', () => {
    const idOf = (seed: number, key: string): unknown =>
      reply(createProvider({ seed }).execute(key, bytesOf(), now).reply)['id'];
    expect(idOf(1, 'k1')).toBe(idOf(1, 'k1'));
    expect(new Set([idOf(1, 'k1'), idOf(2, 'k1'), idOf(1, 'k2')]).size).toBe(3);
  });
});
