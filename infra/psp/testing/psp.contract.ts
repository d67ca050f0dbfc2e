import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProviderOperation } from '../../audit/recording.ts';
import type { Op, Outcome, Psp } from '../psp.ts';

/** A provider, its own book, and a way to be out of reach. */
export interface PspUnderTest {
  readonly psp: Psp;
  operations(): Promise<readonly ProviderOperation[]>;
  /** From here on nobody listens at its door. Last call of a suite. */
  away(): Promise<void>;
  close(): Promise<void>;
}

/** An op nobody has sent before. */
export function anOp(change: Partial<Op> = {}): Op {
  const orderId = `o-${randomUUID()}`;
  return {
    opId: `${orderId}:authorize:1`,
    orderId,
    store: 'S1',
    kind: 'authorize',
    attempt: 1,
    key: `key-${orderId}`,
    amount: { minor: 1_250, currency: 'GBP' },
    methodRef: 'tok_ok',
    atMs: 1,
    ...change,
  };
}

/** The capture of what an op authorized. */
export function captureOf(
  { methodRef: _methodRef, ...authorize }: Op,
  pspRef: string,
  change: Partial<Op> = {},
): Op {
  const opId = `${authorize.orderId}:capture:1`;
  return { ...authorize, kind: 'capture', opId, key: `${authorize.key}-capture`, pspRef, ...change };
}

const never = new AbortController().signal;
const refOf = (outcome: Outcome): string => ('pspRef' in outcome ? outcome.pspRef : '');

/** What the worker may rely on in a provider's adapter (psp.ts); for the real one and for the simulator's. */
export function pspContract(name: string, open: () => Promise<PspUnderTest>): void {
  describe(`${name} as a payment provider`, () => {
    let subject: PspUnderTest;
    let psp: Psp;
    beforeAll(async () => {
      subject = await open();
      psp = subject.psp;
    });
    afterAll(() => subject.close());

    const linesOf = async ({ opId }: Op): Promise<readonly ProviderOperation[]> =>
      (await subject.operations()).filter((line) => line.opId === opId);

    test('authorizes, captures once, and finds the payment by either id', async () => {
      const op = anOp();
      const authorized = await psp.run(op, never);
      expect(authorized).toEqual({
        is: 'ok',
        pspRef: expect.stringMatching(/^pay_/),
        amount: op.amount,
        captureBeforeMs: expect.any(Number),
      });
      const pspRef = refOf(authorized);
      const captured = await psp.run(captureOf(op, pspRef), never);
      expect(captured).toMatchObject({ is: 'ok', pspRef, amount: op.amount });
      const again = captureOf(op, pspRef, { key: `${op.key}-again`, opId: `${op.orderId}:capture:2` });
      expect(await psp.run(again, never)).toEqual({ is: 'unknown', cause: 'conflict' });
      const facts = { pspRef, authorized: op.amount, captured: op.amount, disputes: [], refunds: [] };
      expect(await psp.lookUp({ opId: op.opId })).toMatchObject(facts);
      expect(await psp.lookUp({ opId: 'none', pspRef })).toMatchObject(facts);
      expect(await psp.lookUp({ opId: 'none' })).toBe('not-found');
    });

    test.each([
      ['tok_declined', 'card_declined'],
      ['tok_nobody_issued', 'invalid_method'],
    ])('%s is judged: %s, another method may do', async (methodRef, code) => {
      const op = anOp({ methodRef });
      expect(await psp.run(op, never)).toEqual({ is: 'no', code, next: 'other-method' });
      expect(await linesOf(op)).toMatchObject([{ done: false }]);
    });

    test('the same op again gets the same answer and has one effect', async () => {
      const op = anOp();
      const first = await psp.run(op, never);
      expect(await psp.run(op, never)).toEqual(first);
      const { key, opId, orderId } = op;
      const line = { key, opId, orderId, kind: 'authorize', amount: 1_250, currency: 'GBP', done: true };
      expect(await linesOf(op)).toMatchObject([line]);
    });

    test('two tries at once have one effect, and neither is told a no', async () => {
      const op = anOp();
      const outcomes = await Promise.all([psp.run(op, never), psp.run(op, never)]);
      expect(outcomes.map(({ is }) => is).sort()).toEqual(['ok', 'unknown']);
      expect(outcomes).toContainEqual({ is: 'unknown', cause: 'conflict' });
      expect((await psp.run(op, never)).is).toBe('ok');
      expect(await linesOf(op)).toHaveLength(1);
    });

    test('the same key with other parameters is unknown and changes nothing', async () => {
      const op = anOp();
      await psp.run(op, never);
      const other = { ...op, amount: { minor: 1, currency: 'GBP' } };
      expect(await psp.run(other, never)).toEqual({ is: 'unknown', cause: 'conflict' });
      expect(await psp.lookUp({ opId: op.opId })).toMatchObject({ authorized: op.amount });
    });

    test('what the provider calls invalid was not executed and is not worth another try', async () => {
      const op = anOp({ amount: { minor: 0, currency: 'GBP' } });
      expect(await psp.run(op, never)).toEqual({ is: 'not-executed', code: 'parameter', again: false });
      expect(await psp.lookUp({ opId: op.opId })).toBe('not-found');
      const refund = await psp.run(anOp({ kind: 'refund' }), never);
      expect(refund).toMatchObject({ is: 'not-executed', again: false });
    });

    test('who stops waiting knows nothing, and the op has one effect at most', async () => {
      const op = anOp();
      const stopping = new AbortController();
      const outcome = psp.run(op, stopping.signal);
      stopping.abort();
      expect(['unknown', 'not-executed']).toContain((await outcome).is);
      expect((await linesOf(op)).length).toBeLessThanOrEqual(1);
    });

    test('out of reach it has provably done nothing, and a look-up is no answer', async () => {
      await subject.away();
      const op = anOp();
      expect(await psp.run(op, never)).toEqual({ is: 'not-executed', code: 'ECONNREFUSED', again: true });
      expect(await psp.lookUp({ opId: op.opId })).toBe('unavailable');
    });
  });
}
