import { expect, test } from 'vitest';
import { toRequest } from './simulator-requests.ts';
import { anOp, captureOf, laterOf } from './testing/psp.contract.ts';

const op = anOp();

test.each([op, captureOf(op, 'pi_1'), laterOf(op, 'void', 'pi_1'), laterOf(op, 'refund', 'pi_1', {}, 'r1')])(
  'the bytes of a $kind are a function of what is asked alone: neither the attempt nor the time is in them',
  (one) => {
    const bytes = toRequest(one);
    expect(bytes).not.toBeNull();
    expect(toRequest({ ...one, attempt: 2, atMs: 99, key: 'another' })).toEqual(bytes);
    expect(toRequest({ ...one, amount: { minor: 1, currency: 'GBP' } })).not.toEqual(bytes);
  },
);

test('two equal refunds differ by their op', () => {
  const [a, b] = ['r1', 'r2'].map((n) => toRequest(laterOf(op, 'refund', 'pi_1', {}, n)));
  expect(a).not.toEqual(b);
});

test('nothing but ids of ours travels as metadata', () => {
  const { metadata } = JSON.parse(toRequest(op)?.toString() ?? '') as { metadata: object };
  expect(Object.keys(metadata).toSorted()).toEqual(['opId', 'orderId', 'store']);
});

test('an operation on no payment is none', () => {
  expect(toRequest(anOp({ kind: 'void' }))).toBeNull();
});
