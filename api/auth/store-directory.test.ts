import { expect, test } from 'vitest';
import { createApiKey, type CreatedApiKey } from '../../schemas/api-key.ts';
import { authenticate, refuseCredentialInUrl, requireScope } from './credential.ts';
import { type Principal, StoreDirectory } from './store-directory.ts';

const put = (
  directory: StoreDirectory,
  store: string,
  key: CreatedApiKey,
  expiresAtMs: number | null = null,
) =>
  directory.apply({
    store,
    atMs: 0,
    requestId: null,
    body: {
      type: 'KeyPut',
      keyId: key.keyId,
      sha256: key.sha256,
      label: 'test',
      scopes: ['orders:read', 'made:up'],
      expiresAtMs,
      dailyQuota: null,
    },
  });

const setUp = () => {
  const directory = new StoreDirectory();
  const key = createApiKey('test');
  put(directory, 'S1', key);
  return { directory, key };
};

test('a key gives its store and those scopes that exist', () => {
  const { directory, key } = setUp();
  expect(authenticate(`Bearer ${key.text}`, directory, 0)).toEqual({
    store: 'S1',
    keyId: key.keyId,
    scopes: new Set(['orders:read']),
  });
  expect(authenticate(`bearer ${key.text}`, directory, 0).store).toBe('S1');
});

test('a key never issued, one with the id of another and a mistyped one are nobody', () => {
  const { directory, key } = setUp();
  const stranger = createApiKey('test');
  expect(directory.authenticate(stranger.text, 0)).toBeNull();
  directory.apply({
    store: 'S1',
    atMs: 0,
    requestId: null,
    body: {
      type: 'KeyPut',
      label: '',
      scopes: [],
      expiresAtMs: null,
      dailyQuota: null,
      keyId: stranger.keyId,
      sha256: key.sha256,
    },
  });
  expect(directory.authenticate(stranger.text, 0)).toBeNull();
  expect(directory.authenticate(`${key.text}x`, 0)).toBeNull();
});

test('a revoked key is nobody, an expired one from its moment on', () => {
  const { directory, key } = setUp();
  const expiring = createApiKey('live');
  put(directory, 'S2', expiring, 1_000);
  expect(directory.authenticate(expiring.text, 999)?.store).toBe('S2');
  expect(directory.authenticate(expiring.text, 1_000)).toBeNull();
  directory.apply({
    store: 'S1',
    atMs: 1,
    requestId: null,
    body: { type: 'KeyRevoked', keyId: key.keyId, reason: 'lost' },
  });
  expect(directory.authenticate(key.text, 0)).toBeNull();
});

test('a revocation is for ever, also where compaction has left it alone', () => {
  const { directory, key } = setUp();
  const revoke = (keyId: string): void =>
    directory.apply({
      store: 'S1',
      atMs: 1,
      requestId: null,
      body: { type: 'KeyRevoked', keyId, reason: 'lost' },
    });
  revoke(key.keyId);
  put(directory, 'S1', key);
  expect(directory.authenticate(key.text, 0)).toBeNull();
  const compacted = createApiKey('test');
  revoke(compacted.keyId);
  put(directory, 'S1', compacted);
  expect(directory.authenticate(compacted.text, 0)).toBeNull();
});

test('a store cannot revoke the key of another', () => {
  const { directory, key } = setUp();
  directory.apply({
    store: 'S2',
    atMs: 1,
    requestId: null,
    body: { type: 'KeyRevoked', keyId: key.keyId, reason: 'no' },
  });
  expect(directory.authenticate(key.text, 0)?.store).toBe('S1');
});

test('a digest that is none lets nobody in', () => {
  const { directory } = setUp();
  const key = createApiKey('test');
  put(directory, 'S1', { ...key, sha256: '' });
  expect(directory.authenticate(key.text, 0)).toBeNull();
});

test.each([undefined, '', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer !!!', 'Bearer a b'])(
  '%j does not authenticate',
  (header) => {
    expect(() => authenticate(header, setUp().directory, 0)).toThrow(/unauthenticated/);
  },
);

test('a scope the key lacks is refused by name', () => {
  const { directory, key } = setUp();
  const principal = authenticate(`Bearer ${key.text}`, directory, 0);
  requireScope(principal, 'orders:read');
  expect(() => requireScope(principal, 'orders:write')).toThrow(/orders:write/);
});

test('a credential in the URL is refused, by name or by its look', () => {
  const { key } = setUp();
  expect(() => refuseCredentialInUrl('/v1/orders?limit=1&api_key=x')).toThrow(/credential-in-url/);
  expect(() => refuseCredentialInUrl(`/v1/orders?limit=${key.text}`)).toThrow(/credential-in-url/);
  expect(() => refuseCredentialInUrl(`/v1/orders/${key.text}`)).toThrow(/credential-in-url/);
  refuseCredentialInUrl('/v1/orders?limit=1&sku=token');
});

test('a caller found before is current until his key is put anew, revoked or has run out', () => {
  const { directory, key } = setUp();
  const found = (): Principal => authenticate(`Bearer ${key.text}`, directory, 0);
  const { keyId } = key;
  const first = found();
  expect(directory.isCurrent(first, 0)).toBe(true);
  put(directory, 'S1', key, 5_000);
  expect(directory.isCurrent(first, 0)).toBe(false);
  const second = found();
  expect([directory.isCurrent(second, 4_999), directory.isCurrent(second, 5_000)]).toEqual([true, false]);
  directory.apply({
    store: 'S1',
    atMs: 0,
    requestId: null,
    body: { type: 'KeyRevoked', keyId, reason: 'lost' },
  });
  expect(directory.isCurrent(second, 0)).toBe(false);
});

test('the keys of a store are told without their digest, those that are over too', () => {
  const { directory, key } = setUp();
  const expiring = createApiKey('live');
  put(directory, 'S1', expiring, 1_000);
  put(directory, 'S2', createApiKey('test'));
  const revoke = (atMs: number, reason: string): void =>
    directory.apply({
      store: 'S1',
      atMs,
      requestId: null,
      body: { type: 'KeyRevoked', keyId: key.keyId, reason },
    });
  revoke(7, 'lost');
  revoke(9, 'lost again');
  put(directory, 'S1', key);
  const told = directory.keysOf('S1', 2_000);
  expect(new Map(told.map(({ keyId, state, revoked }) => [keyId, { state, revoked }]))).toEqual(
    new Map([
      [key.keyId, { state: 'revoked', revoked: { atMs: 7, reason: 'lost' } }],
      [expiring.keyId, { state: 'expired', revoked: null }],
    ]),
  );
  expect(JSON.stringify(told)).not.toContain(key.sha256);
  expect(directory.keysOf('S1', 999).map(({ state }) => state)).toContain('live');
});

test('a key that compaction has taken away is known by its revocation, and is its store’s', () => {
  const { directory, key } = setUp();
  const revoke = (store: string, keyId: string): void =>
    directory.apply({ store, atMs: 7, requestId: null, body: { type: 'KeyRevoked', keyId, reason: 'lost' } });
  const { keyId } = createApiKey('test');
  revoke('S1', keyId);
  revoke('S2', key.keyId); // of another store: nothing comes of it
  const told = directory.keysOf('S1', 9);
  expect(told.map((one) => one.keyId)).toEqual([key.keyId, keyId]);
  expect(told[1]).toEqual({
    keyId,
    label: null,
    scopes: [],
    createdAtMs: null,
    expiresAtMs: null,
    revoked: { atMs: 7, reason: 'lost' },
    state: 'revoked',
  });
  expect(directory.keysOf('S2', 9)).toEqual([]);
  expect([
    directory.owns('S1', keyId),
    directory.owns('S2', keyId),
    directory.owns('S1', key.keyId),
    directory.owns('S2', key.keyId),
  ]).toEqual([true, false, true, false]);
});
