import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { currencyExponent } from '../../schemas/currencies.ts';
import type { Call } from '../http/route.ts';
import { credentialOf, openSession, sealSession, sessionCookie, sessionRoutes } from './session.ts';

const secret = 'a secret of sixteen characters';
const hourMs = 3_600_000;

test('a session is its key for twelve hours, and then nobody', () => {
  const value = sealSession(secret, 'mr_test_key', 0);
  expect(openSession(secret, value, 12 * hourMs - 1)).toBe('mr_test_key');
  expect(openSession(secret, value, 12 * hourMs)).toBeNull();
});

test('the cookie shows nothing of the key, and no two are alike', () => {
  const [one, two] = [sealSession(secret, 'mr_test_key', 0), sealSession(secret, 'mr_test_key', 0)];
  expect(one).not.toBe(two);
  expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('mr_test');
  expect(one).toMatch(/^[\w-]+$/);
});

test('a changed, foreign or made-up cookie is nobody', () => {
  const bytes = Buffer.from(sealSession(secret, 'mr_test_key', 0), 'base64url');
  for (let i = 0; i < bytes.length; i += 1) {
    const changed = Buffer.from(bytes);
    changed[i] = (changed[i] ?? 0) ^ 1;
    expect(openSession(secret, changed.toString('base64url'), 1)).toBeNull();
  }
  expect(openSession('another secret altogether', bytes.toString('base64url'), 1)).toBeNull();
  for (const value of ['', 'x', 'mr_test_key', 'A'.repeat(200)])
    expect(openSession(secret, value, 1)).toBeNull();
});

const request = (
  method: string,
  headers: Record<string, string>,
  url = '/v1/analytics/sales',
): IncomingMessage => ({ method, headers, url }) as unknown as IncomingMessage;
const cookie = `other=1; ${sessionCookie}=${sealSession(secret, 'k', 0)}; more=2`;

test.each([
  ['GET', { cookie }, 'Bearer k'],
  ['HEAD', { cookie, 'sec-fetch-site': 'same-origin' }, 'Bearer k'],
  ['GET', { cookie, authorization: 'Bearer own' }, 'Bearer own'],
  ['GET', { cookie, 'sec-fetch-site': 'cross-site' }, undefined],
  ['GET', { cookie, 'sec-fetch-site': 'same-site' }, undefined],
  ['POST', { cookie }, undefined],
  ['PUT', { cookie }, undefined],
  ['GET', { cookie: `x${sessionCookie}=1` }, undefined],
  ['GET', {}, undefined],
])('%s with %j comes as %s', (method, headers, credential) => {
  expect(credentialOf(secret, request(method, headers as Record<string, string>), 1)).toBe(credential);
});

test('of what changes something, signing out alone goes by the cookie', () => {
  expect(credentialOf(secret, request('POST', { cookie }, '/v1/session/end'), 1)).toBe('Bearer k');
  expect(credentialOf(secret, request('POST', { cookie }, '/v1/session'), 1)).toBeUndefined();
});

test('a session tells the digits of every currency that has not 2, also of those the store does not sell in', async () => {
  const routes = sessionRoutes({ secret, storeOf: () => undefined, nowMs: () => 0 });
  const who = routes.find(({ method, path }) => method === 'GET' && path === '/v1/session');
  const principal = { store: 'demo', scopes: new Set(['analytics:read']) };
  const answer = await who?.handle({ principal } as unknown as Call);
  const { exponents } = JSON.parse(answer?.body ?? '') as { exponents: Record<string, number> };
  expect(exponents).toMatchObject({ JPY: 0, IQD: 3, CLF: 4 });
  expect(exponents).not.toHaveProperty('LBP'); // 2, though its cash has none
  for (const [code, digits] of Object.entries(exponents)) expect(currencyExponent(code)).toBe(digits);
});
