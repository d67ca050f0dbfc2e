import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProviderOperation } from '../../audit/recording.ts';
import type { Facts, Op, Outcome, Psp } from '../psp.ts';
import type { Control } from '../simulator/control.ts';
import { callFaultRows, settledByLookUp } from './call-fault-rows.ts';

/** A provider, its own book, and ways to spoil it. */
export interface PspUnderTest {
  readonly psp: Psp;
  operations(): Promise<readonly ProviderOperation[]>;
  control(control: Control): Promise<void>;
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

/** A later op on what an op authorized; `n` tells several of a kind apart. */
export function laterOf(
  { methodRef: _methodRef, ...authorize }: Op,
  kind: 'capture' | 'void' | 'refund',
  pspRef: string,
  change: Partial<Op> = {},
  n = '1',
): Op {
  const opId = `${authorize.orderId}:${kind}:${n}`;
  return { ...authorize, kind, opId, key: `${authorize.key}-${kind}-${n}`, pspRef, ...change };
}

/** The capture of what an op authorized. */
export const captureOf = (authorize: Op, pspRef: string, change: Partial<Op> = {}): Op =>
  laterOf(authorize, 'capture', pspRef, change);

const never = new AbortController().signal;
const day = 86_400_000;
const refOf = (outcome: Outcome): string => ('pspRef' in outcome ? (outcome.pspRef ?? '') : '');

/** What the worker may rely on in a provider's adapter (psp.ts); for the real ones and for the simulator's. */
export function pspContract(name: string, open: () => Promise<PspUnderTest>): void {
  describe(`${name} as a payment provider`, () => {
    let subject: PspUnderTest;
    let psp: Psp;
    beforeAll(async () => {
      subject = await open();
      psp = subject.psp;
    });
    afterAll(() => subject.close());

    // by key: a real provider's book knows no op of a capture or a void
    const linesOf = async ({ key }: Op): Promise<readonly ProviderOperation[]> =>
      (await subject.operations()).filter((line) => line.key === key);
    const run = (op: Op): Promise<Outcome> => psp.run(op, never);

    /** An authorization by this token, and its reference, found by a look-up where the answer held none. */
    const authorize = async (methodRef: string): Promise<{ readonly op: Op; readonly pspRef: string }> => {
      const op = anOp({ methodRef });
      const outcome = await run(op);
      return { op, pspRef: refOf(outcome) || (await factsOf(op)).pspRef };
    };
    const captured = async (methodRef: string) => {
      const { op, pspRef } = await authorize(methodRef);
      expect(await run(captureOf(op, pspRef))).toMatchObject({ is: 'ok' });
      return { op, pspRef };
    };
    const factsOf = async ({ opId }: Op, pspRef?: string): Promise<Facts> => {
      const facts = await psp.lookUp({ opId, ...(pspRef === undefined ? {} : { pspRef }) });
      if (typeof facts === 'string') throw new Error(`${facts}: ${opId}`);
      return facts;
    };
    const moved = (minor: number) => ({ minor, currency: 'GBP' });

    test('authorizes, captures once, and finds the payment by either id', async () => {
      const op = anOp();
      const authorized = await run(op);
      expect(authorized).toEqual({
        is: 'ok',
        pspRef: expect.stringMatching(/^pi_/),
        amount: op.amount,
        captureBeforeMs: expect.any(Number),
      });
      const pspRef = refOf(authorized);
      const taken = await run(captureOf(op, pspRef));
      expect(taken).toMatchObject({ is: 'ok', pspRef, amount: op.amount });
      const again = captureOf(op, pspRef, { key: `${op.key}-again`, opId: `${op.orderId}:capture:2` });
      expect(await run(again)).toEqual({ is: 'unknown', cause: 'conflict' });
      const facts = { pspRef, authorized: op.amount, captured: op.amount, disputes: [], refunds: [] };
      expect(await psp.lookUp({ opId: op.opId })).toMatchObject(facts);
      expect(await psp.lookUp({ opId: 'none', pspRef })).toMatchObject(facts);
      expect(await psp.lookUp({ opId: 'none' })).toBe('not-found');
    });

    test('voids an authorization, after which nothing can be captured', async () => {
      const { op, pspRef } = await authorize('tok_ok');
      expect(await run(laterOf(op, 'void', pspRef))).toEqual({ is: 'ok', pspRef, amount: op.amount });
      expect(await run(captureOf(op, pspRef))).toMatchObject({ is: 'unknown', cause: 'conflict' });
      expect(await factsOf(op, pspRef)).toMatchObject({ ended: 'voided', captured: moved(0) });
    });

    test('refunds in parts, each its own operation, never more than was captured', async () => {
      const { op, pspRef } = await captured('tok_ok');
      const part = (n: string, minor: number) => laterOf(op, 'refund', pspRef, { amount: moved(minor) }, n);
      for (const [n, minor] of [
        ['r1', 500],
        ['r2', 500],
        ['r3', 250],
      ] as const) {
        expect(await run(part(n, minor))).toEqual({ is: 'ok', pspRef, amount: moved(minor) });
      }
      expect((await run(part('r4', 1))).is).not.toBe('ok');
      expect(await run(part('r2', 500))).toMatchObject({ is: 'ok', replayed: true });
      const { refunds } = await factsOf(op, pspRef);
      expect(refunds.map(({ opId, amount, status }) => [opId, amount.minor, status])).toEqual(
        ['r1', 'r2', 'r3'].map((n, i) => [part(n, 1).opId, [500, 500, 250][i], 'done']),
      );
    });

    test.each([
      ['tok_declined', 'card_declined', 'other-method'],
      ['tok_declined_never', 'stolen_card', 'never'],
      ['tok_declined_later', 'insufficient_funds', 'later'],
      ['tok_nobody_issued', 'invalid_method', 'other-method'],
    ])('decline (each next), unknown method: %s is judged %s, next %s', async (methodRef, code, next) => {
      const op = anOp({ methodRef });
      expect(await run(op)).toEqual({ is: 'no', code, next });
      expect(await linesOf(op)).toMatchObject([{ done: false }]);
    });

    test('the same op again gets the same answer, said to be a repeat, and has one effect', async () => {
      const op = anOp();
      const first = await run(op);
      expect(first).not.toHaveProperty('replayed');
      expect(await run(op)).toEqual({ ...first, replayed: true });
      const { key, opId, orderId } = op;
      const line = { key, opId, orderId, kind: 'authorize', amount: 1_250, currency: 'GBP', done: true };
      expect(await linesOf(op)).toMatchObject([line]);
    });

    test('two tries at once have one effect, and neither is told a no', async () => {
      const op = anOp();
      const outcomes = await Promise.all([run(op), run(op)]);
      expect(outcomes.map(({ is }) => is).sort()).toEqual(['ok', 'unknown']);
      expect(outcomes.find(({ is }) => is === 'unknown')).toMatchObject({ cause: 'conflict' });
      expect((await run(op)).is).toBe('ok');
      expect(await linesOf(op)).toHaveLength(1);
    });

    test('the same key with other parameters is unknown with an alarm, and changes nothing', async () => {
      const op = anOp();
      await run(op);
      const other = { ...op, amount: moved(1) };
      expect(await run(other)).toMatchObject({ is: 'unknown', cause: 'conflict', alarm: 'byte-rule' });
      expect(await psp.lookUp({ opId: op.opId })).toMatchObject({ authorized: op.amount });
    });

    test('what the provider calls invalid was not executed and is not worth another try', async () => {
      const op = anOp({ amount: moved(0) });
      expect(await run(op)).toMatchObject({ is: 'not-executed', again: false, alarm: 'our-bug' });
      expect(await psp.lookUp({ opId: op.opId })).toBe('not-found');
      const refund = await run(anOp({ kind: 'refund' }));
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

    describe.each(callFaultRows)('$fault', ({ fault, first, after }) => {
      test.each(['authorize', 'capture', 'void', 'refund'] as const)('of the %s', async (kind) => {
        const token = `tok_${kind === 'authorize' ? '' : `${kind}_`}${fault.replaceAll('-', '_')}`;
        let op = anOp({ methodRef: token });
        if (kind !== 'authorize') {
          const { op: authorizing, pspRef } =
            kind === 'refund' ? await captured(token) : await authorize(token);
          op = laterOf(authorizing, kind, pspRef);
        }
        expect(await run(op)).toMatchObject(first);
        if (after === 'ok') {
          expect(await run(op)).toMatchObject({ is: 'ok', amount: op.amount });
        } else {
          const seen = await psp.lookUp(op);
          expect(settledByLookUp(op, seen)).toBe(after.executed);
          if (after.again) expect(await run(op)).toMatchObject(after.again);
        }
        const effects = (await linesOf(op)).filter(({ done }) => done);
        expect(effects).toHaveLength(after === 'ok' || after.executed ? 1 : 0);
      });
    });

    test('a 429 after a lost reply stays unknown for who asked: it speaks of that try alone', async () => {
      for (const kind of ['authorize', 'capture'] as const) {
        const token = kind === 'authorize' ? 'tok_429_after_lost' : 'tok_capture_429_after_lost';
        const authorizing = anOp({ methodRef: token });
        const op = kind === 'authorize' ? authorizing : captureOf(authorizing, refOf(await run(authorizing)));
        expect(await run(op)).toMatchObject({ is: 'unknown', cause: 'reset' });
        expect(await run(op)).toMatchObject({ is: 'not-executed', again: true });
        expect(await run(op)).toMatchObject({ is: 'ok', replayed: true });
        expect(await linesOf(op)).toHaveLength(1);
      }
    });

    test.each([
      ['tok_action_done', 'action', { authorized: moved(1_250) }],
      ['tok_action_refused', 'action', { ended: 'declined' }],
      ['tok_action_never', 'action', { authorized: moved(0), captured: moved(0) }],
      ['tok_pending_done', 'pending', { authorized: moved(1_250) }],
      ['tok_pending_declined', 'pending', { ended: 'declined' }],
      ['tok_pending_never', 'pending', { authorized: moved(0), captured: moved(0) }],
    ])('action required (done, refused, never), pending: %s', async (methodRef, is, later) => {
      const op = anOp({ methodRef });
      const outcome = await run(op);
      expect(outcome).toMatchObject({ is, pspRef: expect.stringMatching(/^pi_/) });
      if (outcome.is === 'action')
        expect(outcome.client).toMatchObject({ nextAction: { type: 'redirect_to_url' } });
      expect(await factsOf(op)).toMatchObject({ authorized: moved(0) });
      await subject.control({ do: 'advance-clock', ms: 3_000 });
      const facts = await factsOf(op);
      expect(facts).toMatchObject(later);
      if (methodRef.endsWith('never')) {
        expect(facts).not.toHaveProperty('ended');
        expect(await run(laterOf(op, 'void', facts.pspRef))).toMatchObject({ is: 'ok' });
        expect(await factsOf(op)).toMatchObject({ ended: 'voided' });
      }
    });

    test('provider captures unasked: an authorize says so, or the capture is a conflict and a look-up finds it', async () => {
      const atOnce = anOp({ methodRef: 'tok_captured_at_once' });
      expect(await run(atOnce)).toMatchObject({ is: 'ok', captured: true });
      const { op, pspRef } = await authorize('tok_captured_unasked');
      expect(await run(captureOf(op, pspRef))).toMatchObject({ is: 'unknown', cause: 'conflict' });
      expect(await factsOf(op, pspRef)).toMatchObject({ captured: op.amount });
    });

    test('capture refused, pending, late', async () => {
      const refused = await authorize('tok_capture_refused');
      expect(await run(captureOf(refused.op, refused.pspRef))).toMatchObject({ is: 'no', next: 'later' });
      expect(await factsOf(refused.op)).toMatchObject({ captured: moved(0), authorized: moved(1_250) });
      for (const [token, ms] of [
        ['tok_capture_pending', 3_000],
        ['tok_capture_late', 3 * day],
      ] as const) {
        const { op, pspRef } = await authorize(token);
        expect(await run(captureOf(op, pspRef))).toEqual({ is: 'pending', pspRef });
        expect(await factsOf(op)).toMatchObject({ captured: moved(0) });
        await subject.control({ do: 'advance-clock', ms });
        expect(await factsOf(op)).toMatchObject({ captured: op.amount });
      }
    });

    test('authorization lapses early, or when its time has come', async () => {
      const early = await authorize('tok_lapses_early');
      expect(await run(captureOf(early.op, early.pspRef))).toMatchObject({ cause: 'conflict' });
      expect(await factsOf(early.op)).toMatchObject({ ended: 'lapsed' });
      const due = await authorize('tok_ok');
      await subject.control({ do: 'advance-clock', ms: 8 * day });
      expect(await factsOf(due.op, due.pspRef)).toMatchObject({ ended: 'lapsed', captured: moved(0) });
    });

    test('void refused since captured: a conflict, and a look-up finds the money', async () => {
      const { op, pspRef } = await authorize('tok_void_refused_captured');
      expect(await run(laterOf(op, 'void', pspRef))).toMatchObject({ is: 'unknown', cause: 'conflict' });
      expect(await factsOf(op)).toMatchObject({ captured: op.amount });
    });

    test.each<[string, Outcome['is'], string, number, string]>([
      ['tok_refund_pending', 'pending', 'pending', 3 * day, 'done'],
      ['tok_refund_fails', 'no', 'failed', day, 'failed'],
      ['tok_refund_fails_later', 'pending', 'pending', 3 * day, 'failed'],
      ['tok_refund_fails_after_success', 'ok', 'done', day, 'failed'],
    ])('refund (days pending, fails, fails after success): %s', async (token, is, now, ms, later) => {
      const { op, pspRef } = await captured(token);
      const refund = laterOf(op, 'refund', pspRef);
      expect((await run(refund)).is).toBe(is);
      const shown = (status: string) => [{ opId: refund.opId, amount: op.amount, status }];
      expect((await factsOf(op)).refunds).toEqual(shown(now));
      await subject.control({ do: 'advance-clock', ms });
      expect((await factsOf(op)).refunds).toEqual(shown(later));
    });

    test('one of three partials fails: the others are done, and its sum can be refunded anew', async () => {
      const { op, pspRef } = await captured('tok_refund_second_fails');
      const part = (n: string, minor: number) => laterOf(op, 'refund', pspRef, { amount: moved(minor) }, n);
      expect((await run(part('a', 400))).is).toBe('ok');
      expect((await run(part('b', 400))).is).toBe('no');
      expect((await run(part('c', 450))).is).toBe('ok');
      expect((await run(part('b2', 400))).is).toBe('ok');
      const { refunds } = await factsOf(op);
      expect(refunds.map(({ status }) => status)).toEqual(['done', 'failed', 'done', 'done']);
    });

    test('look-up unavailable, stale, contradicting: no answer, an old one, a wrong one; then the truth', async () => {
      const unavailable = anOp({ methodRef: 'tok_lookup_unavailable' });
      await run(unavailable);
      expect(await psp.lookUp(unavailable)).toBe('unavailable');
      expect(await psp.lookUp(unavailable)).toBe('unavailable');
      expect(await psp.lookUp(unavailable)).toMatchObject({ authorized: moved(1_250) });
      const stale = anOp({ methodRef: 'tok_lookup_stale' });
      await run(stale);
      expect(await psp.lookUp(stale)).toBe('not-found');
      expect(await psp.lookUp(stale)).toBe('not-found');
      expect(await psp.lookUp(stale)).toMatchObject({ authorized: moved(1_250) });
      const { op } = await captured('tok_lookup_contradicting');
      expect(await psp.lookUp(op)).toMatchObject({ captured: moved(0) });
      expect(await psp.lookUp(op)).toMatchObject({ captured: moved(0) });
      expect(await psp.lookUp(op)).toMatchObject({ captured: moved(1_250) });
    });

    test.each([
      ['tok_dispute_won', 'won'],
      ['tok_dispute_lost', 'lost'],
    ])('chargeback: %s', async (token, end) => {
      const { op, pspRef } = await captured(token);
      expect((await factsOf(op)).disputes).toMatchObject([{ amount: op.amount, status: 'open' }]);
      const refund = laterOf(op, 'refund', pspRef);
      expect(await run(refund)).toMatchObject({ is: 'unknown', cause: 'conflict' });
      await subject.control({ do: 'advance-clock', ms: 10 * day });
      expect((await factsOf(op)).disputes).toMatchObject([{ status: end }]);
      const later = laterOf(op, 'refund', pspRef, {}, '2');
      expect((await run(later)).is).toBe(end === 'won' ? 'ok' : 'unknown');
    });

    test('a chargeback during a refund: the refund is not done, the dispute is seen', async () => {
      const { op, pspRef } = await captured('tok_dispute_on_refund');
      expect(await run(laterOf(op, 'refund', pspRef))).toMatchObject({ cause: 'conflict' });
      expect(await factsOf(op)).toMatchObject({ refunds: [], disputes: [{ status: 'open' }] });
    });

    test('outage 10 min: an op is unknown (server) and a look-up no answer, then all is as if it had not been', async () => {
      const { op, pspRef } = await authorize('tok_ok');
      const capture = captureOf(op, pspRef);
      await subject.control({ do: 'outage', ms: 600_000 });
      expect(await run(capture)).toMatchObject({ is: 'unknown', cause: 'server' });
      expect((await run(anOp())).is).not.toBe('ok');
      expect(await psp.lookUp(op)).toBe('unavailable');
      await subject.control({ do: 'advance-clock', ms: 600_000 });
      expect((await run(capture)).is).toBe('ok');
      expect(await linesOf(capture)).toHaveLength(1);
    });

    test('out of reach it has provably done nothing, and a look-up is no answer', async () => {
      await subject.away();
      const op = anOp();
      expect(await run(op)).toMatchObject({ is: 'not-executed', again: true });
      expect(await psp.lookUp({ opId: op.opId })).toBe('unavailable');
    });
  });
}
