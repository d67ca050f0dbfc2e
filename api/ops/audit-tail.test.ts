import { expect, test } from 'vitest';
import { auditHashOf, chainStart } from '../../schemas/audit-chain.ts';
import type { AuditRecord, PrivilegedEffect } from '../../schemas/generated/ops-audit.ts';
import { AuditTail } from './audit-tail.ts';

/** Records of one writer's chain. */
function createChain(writer: string) {
  let [seq, prev] = [0, chainStart];
  return (what: PrivilegedEffect['what'], target: string, actor = 'operator:jo'): AuditRecord => {
    const body = { type: 'PrivilegedEffect', what, target, reason: 'r', effectId: 'e' } as const;
    const unhashed = { writer, seq: (seq += 1), prev, atMs: 1, actor, requestId: null, body };
    const record = { ...unhashed, hash: auditHashOf(unhashed) };
    prev = record.hash;
    return record;
  };
}

const everyKey = (): boolean => true;
const noKey = (): boolean => false;
const soundness = (tail: AuditTail): readonly boolean[] =>
  tail.of('S', everyKey).map(({ isSound }) => isSound);

test('a chain holds; a record that was changed, left out or put in is found', () => {
  const next = createChain('w');
  const [first, second, third] = [next('store.put', 'S'), next('key.put', 'S/k'), next('key.revoke', 'S/k')];
  const whole = new AuditTail();
  for (const record of [first, createChain('v')('store.put', 'S'), second, third]) whole.apply(record);
  expect(soundness(whole)).toEqual([true, true, true, true]);

  const changed = new AuditTail();
  for (const record of [first, { ...second, actor: 'operator:eve' }, third]) changed.apply(record);
  expect(soundness(changed)).toEqual([true, false, true]);

  const cut = new AuditTail();
  for (const record of [first, third]) cut.apply(record);
  expect(soundness(cut)).toEqual([false, true]);

  const putIn = new AuditTail();
  const forged = { ...first, prev: 'a'.repeat(64) };
  putIn.apply({ ...forged, hash: auditHashOf(forged) });
  expect(soundness(putIn)).toEqual([false]);
});

test('a store sees what was done to it, what its keys did and what is of the whole pipeline', () => {
  const next = createChain('w');
  const tail = new AuditTail();
  for (const [what, target] of [
    ['store.put', 'S'],
    ['store.put', 'S2'],
    ['key.put', 'S/k'],
    ['customer.erase', 'S2/c-1'],
    ['letters.redrive', 'stock/S/MUG'],
    ['letters.redrive', 'stock/S2/MUG'],
    ['letters.redrive', 'orders/o-1'],
    ['views.flip', 'v2'],
  ] as const)
    tail.apply(next(what, target));
  tail.apply(next('payment.resolve', 'o-1:capture:1', 'k1'));
  tail.apply(next('payment.resolve', 'o-2:capture:1', 'k2'));
  const targets = tail.of('S', (keyId) => keyId === 'k1').map(({ record }) => record.body.target);
  expect(targets).toEqual(['o-1:capture:1', 'v2', 'stock/S/MUG', 'S/k', 'S']);
});

test('memory has an end: the newest are kept', () => {
  const tail = new AuditTail();
  for (let i = 0; i < 1_005; i += 1) tail.apply(createChain(`w${i}`)('views.flip', `v${i}`));
  const kept = tail.of('S', noKey);
  expect([kept.length, kept[0]?.record.body.target]).toEqual([1_000, 'v1004']);
});

test('what is not followed is not told as if nothing had happened', () => {
  const tail = new AuditTail();
  expect(tail.isFollowed).toBe(false);
  tail.begin();
  expect(tail.isFollowed).toBe(true);
  tail.halt();
  expect(tail.isFollowed).toBe(false);
});
