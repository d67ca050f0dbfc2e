import { expect, test } from 'vitest';
import { createSealedFields, type SealedFieldOwner } from './sealed-fields.ts';

const fields = createSealedFields('a secret of more than sixteen characters');
const owner: SealedFieldOwner = { store: 'demo', customerId: 'c-17850', field: 'paymentToken' };

test('opens what it sealed, and two seals of one text differ', () => {
  const sealed = fields.seal(owner, 'tok_ok – ü');
  expect(sealed).toMatch(/^v1\.master-1\.[\w-]{16}\.[\w-]+$/);
  expect(sealed).not.toContain('tok_ok');
  expect(fields.open(owner, sealed)).toBe('tok_ok – ü');
  expect(fields.seal(owner, 'tok_ok – ü')).not.toBe(sealed);
});

test.each<Partial<SealedFieldOwner>>([{ store: 'other' }, { customerId: 'c-1' }, { field: 'shipTo' }])(
  'refuses to open for another owner: %o',
  (other) => {
    expect(() => fields.open({ ...owner, ...other }, fields.seal(owner, 'tok_ok'))).toThrow();
  },
);

test.each([
  '',
  'tok_ok',
  'v2.master-1.AAAA.AAAA',
  'v1.master-2.AAAA.AAAA',
  'v1.master-1.AAAA.AA',
  'v1.master-1.a.b.c',
])('refuses %j with an error, never a guess', (text) => {
  expect(() => fields.open(owner, text)).toThrow();
});

test('another secret opens nothing', () => {
  expect(() =>
    createSealedFields('another secret of that length').open(owner, fields.seal(owner, 'x')),
  ).toThrow();
});
