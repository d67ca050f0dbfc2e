import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyIdOf, openField, sealField, type SealedFieldOwner } from './sealed-field.ts';

const sealing = { keyId: 'k-1', key: createSecretKey(Buffer.alloc(32, 1)) };
const owner: SealedFieldOwner = { store: 'demo', customerId: 'c-17850', field: 'paymentToken' };

test('opens what it sealed, and two seals of one text differ', () => {
  const sealed = sealField(sealing, owner, 'tok_ok – ü');
  expect(sealed).toMatch(/^v1\.k-1\.[\w-]{16}\.[\w-]+$/);
  expect(keyIdOf(sealed)).toBe('k-1');
  expect(sealed).not.toContain('tok_ok');
  expect(openField(sealing.key, owner, sealed)).toBe('tok_ok – ü');
  expect(sealField(sealing, owner, 'tok_ok – ü')).not.toBe(sealed);
});

test.each<Partial<SealedFieldOwner>>([{ store: 'other' }, { customerId: 'c-1' }, { field: 'shipTo' }])(
  'refuses to open for another owner: %o',
  (other) => {
    const sealed = sealField(sealing, owner, 'tok_ok');
    expect(() => openField(sealing.key, { ...owner, ...other }, sealed)).toThrow();
  },
);

test('another key opens nothing', () => {
  const other = createSecretKey(Buffer.alloc(32, 2));
  expect(() => openField(other, owner, sealField(sealing, owner, 'x'))).toThrow();
});

test.each(['', 'tok_ok', 'v2.k-1.AAAA.AAAA', 'v1..AAAA.AAAA', 'v1.k-1.a.b.c'])(
  'names no key for %j, which is no sealed field',
  (text) => {
    expect(() => keyIdOf(text)).toThrow('not a sealed field');
  },
);

test.each(['v1.k-1.AAAA.AA', 'v1.k-1.AAAA', 'v1.k-1..'])('opens nothing of %j, which is cut', (text) => {
  expect(() => openField(sealing.key, owner, text)).toThrow();
});
