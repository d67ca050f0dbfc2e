import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { fingerprintOf, sameRequest } from './fingerprint.ts';

test('writes the canonical form of RFC 8785', () => {
  expect(canonicalJson({ b: 1.0, a: ['x', null, true], '\u20ac': 1e21, '1': -0, c: undefined })).toBe(
    '{"1":0,"a":["x",null,true],"b":1,"\u20ac":1e+21}',
  );
});

test('the order of keys is of no account, any value is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
      const turned = Object.fromEntries(Object.entries(body).toReversed());
      expect(canonicalJson(turned)).toBe(canonicalJson(body));
      expect(canonicalJson(JSON.parse(canonicalJson(body)))).toBe(canonicalJson(body));
    }),
  );
});

const request = { method: 'POST', path: '/v1/orders', body: { a: 1 } };

test('a fingerprint names its secret and tells method, path and body apart', () => {
  const print = fingerprintOf('secret', request);
  expect(print).toMatch(/^k1\.[0-9a-f]{64}$/);
  expect(fingerprintOf('secret', { ...request })).toBe(print);
  for (const other of [{ method: 'PUT' }, { path: '/v1/order' }, { body: { a: 2 } }]) {
    expect(fingerprintOf('secret', { ...request, ...other })).not.toBe(print);
  }
  expect(fingerprintOf('other', request)).not.toBe(print);
});

test('prints of different secrets tell nothing, so they refuse nothing', () => {
  expect(sameRequest('k1.aa', 'k1.ab')).toBe(false);
  expect(sameRequest('k1.aa', 'k0.ab')).toBe(true);
});
