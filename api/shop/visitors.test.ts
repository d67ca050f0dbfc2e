import { expect, test } from 'vitest';
import { createApiKey, digestApiKey } from '../../schemas/api-key.ts';
import { type Principal, StoreDirectory } from '../auth/store-directory.ts';
import { formatVisitor, readVisitor } from './visitor-token.ts';
import { Visitors } from './visitors.ts';

const secret = 'a secret of sixteen characters';
const visitor = { customerId: 'visitor-1', endsAtMs: 10_000 };

test('a token is its visitor until it ends', () => {
  const token = formatVisitor(secret, 'k1', visitor);
  expect(readVisitor(secret, 'k1', token, 9_999)).toEqual(visitor);
  expect(readVisitor(secret, 'k1', token, 10_000)).toBeNull();
});

test('a changed, foreign or made-up token is nobody', () => {
  const token = formatVisitor(secret, 'k1', visitor);
  const [kind, , end, signature] = token.split('.');
  const made = [
    `${kind}.visitor-2.${end}.${signature}`,
    `${kind}.visitor-1.zzzzzzzz.${signature}`,
    `${token}x`,
    token.slice(0, -1),
    'mv1...',
    '',
  ];
  for (const one of made) expect(readVisitor(secret, 'k1', one, 1)).toBeNull();
  expect(readVisitor('another secret altogether', 'k1', token, 1)).toBeNull();
  expect(readVisitor(secret, 'k2', token, 1)).toBeNull(); // of another key's shop
});

/** A directory with the store of one key. */
function shopOf(scopes: readonly string[]) {
  const directory = new StoreDirectory();
  const { text, keyId, sha256 } = createApiKey('test');
  const put = (body: Parameters<StoreDirectory['apply']>[0]['body']): void =>
    directory.apply({ store: 'S1', atMs: 0, requestId: null, body });
  put({ type: 'KeyPut', keyId, sha256, label: '', scopes, expiresAtMs: null, dailyQuota: null });
  return { directory, text, keyId, put, visitors: new Visitors({ directory, shopKey: text, secret }) };
}

test('a visitor may read and order as himself, whatever else the shop’s key may do', () => {
  const { visitors, keyId } = shopOf(['orders:read', 'orders:write', 'orders:priced', 'ops:write']);
  const one = visitors.welcome(0);
  const caller = visitors.authenticate(one?.token ?? '', 1);
  expect(caller).toEqual({
    store: 'S1',
    keyId,
    scopes: new Set(['orders:read', 'orders:write']),
    customerId: one?.customerId,
    visit: { endsAtMs: one?.endsAtMs, shop: visitors.shop(1) },
  });
  expect(visitors.welcome(0)?.customerId).not.toBe(one?.customerId);
});

test('a visitor is current until his token ends, or the shop’s key is put anew or revoked', () => {
  const { visitors, keyId, put, text } = shopOf(['orders:read']);
  const one = visitors.welcome(0);
  const found = (): Principal => {
    const caller = visitors.authenticate(one?.token ?? '', 1);
    if (!caller) throw new Error('nobody');
    return caller;
  };
  const first = found();
  const endsAtMs = one?.endsAtMs ?? 0;
  expect([1, endsAtMs - 1, endsAtMs].map((atMs) => visitors.isCurrent(first, atMs))).toEqual([
    true,
    true,
    false,
  ]);
  const sha256 = digestApiKey(text);
  put({ type: 'KeyPut', keyId, sha256, label: '', scopes: [], expiresAtMs: null, dailyQuota: null });
  expect(visitors.isCurrent(first, 1)).toBe(false);
  const second = found();
  expect([second.scopes.size, visitors.isCurrent(second, 1)]).toEqual([0, true]);
  put({ type: 'KeyRevoked', keyId, reason: 'closed' });
  expect(visitors.isCurrent(second, 1)).toBe(false);
});

test('the shop’s key itself, and every other one, calls as before', () => {
  const { visitors, directory, text } = shopOf(['orders:read']);
  const owner = visitors.authenticate(text, 1);
  expect(owner).toBe(directory.authenticate(text, 1));
  expect(owner && visitors.isCurrent(owner, 1)).toBe(true);
});

test('a revoked key closes the shop and ends its visits', () => {
  const { visitors, keyId, put } = shopOf(['orders:read', 'orders:write']);
  const token = visitors.welcome(0)?.token ?? '';
  put({ type: 'KeyRevoked', keyId, reason: 'closed' });
  expect(visitors.authenticate(token, 1)).toBeNull();
  expect(visitors.welcome(1)).toBeNull();
});

test('without a key there is no shop, and no token opens anything', () => {
  const { directory, keyId } = shopOf(['orders:read']);
  const closed = new Visitors({ directory, shopKey: '', secret });
  expect(closed.welcome(0)).toBeNull();
  expect(closed.authenticate(formatVisitor(secret, keyId, visitor), 1)).toBeNull();
});
