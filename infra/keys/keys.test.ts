import { expect, test } from 'vitest';
import { digestApiKey, parseApiKey } from '../../schemas/api-key.ts';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { AuditUnavailable } from '../clients/audit-log.ts';
import { createKey, type KeyWish } from './create-key.ts';
import type { KeyAccess } from './open-keys.ts';
import { revokeKey } from './revoke-key.ts';
import { stateOf, storeKeysOf } from './store-keys.ts';

const storePut = {
  type: 'StorePut',
  name: 'S1',
  timeZone: 'UTC',
  currencies: ['GBP'],
  live: false,
  taxRule: 'exclusive',
  shippingMinor: 0,
  shippingTaxBp: 0,
  dailyQuota: null,
} as const;

/** Access to a topic in memory; `meanwhile` runs before each write reaches it. */
function setUp(meanwhile: () => Promise<void> = async () => undefined) {
  const config: StoreConfig[] = [{ store: 'S1', atMs: 0, requestId: 'r-0', body: storePut }];
  const reasons: string[] = [];
  let nowMs = 1_000;
  const access: KeyAccess = {
    read: async () => [...config],
    put: async ({ value }, reason) => {
      await meanwhile();
      reasons.push(reason);
      config.push(value);
    },
    nowMs: () => nowMs,
  };
  return { access, config, reasons, wait: (ms: number) => (nowMs += ms) };
}

const wish: KeyWish = {
  store: 'S1',
  label: 'shop',
  kind: 'test',
  scopes: ['orders:read'],
  expiresAtMs: null,
  dailyQuota: null,
};

test('a key is written as its digest, with an id for its audit record; its text is nowhere', async () => {
  const { access, config, reasons } = setUp();
  const made = await createKey(access, { ...wish, kind: 'live', expiresAtMs: 9_000 });
  expect(parseApiKey(made.text)).toEqual({ kind: 'live', keyId: made.keyId });
  expect(config.at(-1)).toEqual({
    store: 'S1',
    atMs: 1_000,
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    body: {
      type: 'KeyPut',
      keyId: made.keyId,
      sha256: digestApiKey(made.text),
      label: 'shop',
      scopes: ['orders:read'],
      expiresAtMs: 9_000,
      dailyQuota: null,
    },
  });
  expect(JSON.stringify(config)).not.toContain(made.text.slice(-49));
  expect(reasons).toEqual(['created for shop']);
});

test('a client has two live keys at most: the third is refused with what to do, another client is not', async () => {
  const { access, config } = setUp();
  const [first, second] = [await createKey(access, wish), await createKey(access, wish)];
  const third = createKey(access, wish);
  await expect(third).rejects.toMatchObject({ code: 'too-many-keys' });
  await expect(third).rejects.toThrow(`${first.keyId}, ${second.keyId}. Revoke`);
  expect(config).toHaveLength(3);
  await createKey(access, { ...wish, label: 'till' });
  await revokeKey(access, first.keyId, 'rotated');
  expect((await createKey(access, wish)).keyId).not.toBe(first.keyId);
});

test('an expired key is no live one', async () => {
  const { access, wait } = setUp();
  await createKey(access, { ...wish, expiresAtMs: 2_000 });
  await createKey(access, wish);
  await expect(createKey(access, wish)).rejects.toMatchObject({ code: 'too-many-keys' });
  wait(1_000);
  await createKey(access, wish);
});

test('of three made at once the log keeps the first two, and the third never lived on', async () => {
  const rivals: (() => Promise<unknown>)[] = [];
  const bench = setUp(async () => void (await rivals.shift()?.()));
  await createKey(bench.access, wish);
  rivals.push(() => createKey(bench.access, wish));
  await expect(createKey(bench.access, wish)).rejects.toMatchObject({ code: 'too-many-keys' });
  const states = storeKeysOf(bench.config).map((key) => stateOf(key, 1_000));
  expect(states).toEqual(['live', 'live', 'revoked']);
});

test.each([
  ['a store that does not exist', { store: 'S9' }, 'no-such-store'],
  ['a date that has passed', { expiresAtMs: 1_000 }, 'already-over'],
  ['a label of the deploy step', { label: 'door full' }, 'reserved-label'],
])('%s is refused and nothing is written', async (_, change, code) => {
  const { access, config } = setUp();
  await expect(createKey(access, { ...wish, ...change })).rejects.toMatchObject({ code });
  expect(config).toHaveLength(1);
});

test('a revocation says why, is for ever, and asking again writes nothing', async () => {
  const { access, config } = setUp();
  const { keyId } = await createKey(access, wish);
  await revokeKey(access, keyId, 'left the company');
  expect(config.at(-1)?.body).toEqual({ type: 'KeyRevoked', keyId, reason: 'left the company' });
  const known = await revokeKey(access, keyId, 'again');
  expect(known.revoked).toEqual({ atMs: 1_000, reason: 'left the company' });
  expect(config).toHaveLength(3);
  const put = config.find(({ body }) => body.type === 'KeyPut');
  expect(storeKeysOf([...config, put ?? config[0]!]).map((key) => stateOf(key, 0))).toEqual(['revoked']);
  await expect(revokeKey(access, 'ff', 'x')).rejects.toMatchObject({ code: 'no-such-key' });
});

test('a key of which compaction has left the revocation alone is still listed as revoked', () => {
  const body = { type: 'KeyRevoked', keyId: 'k-1', reason: 'lost' } as const;
  expect(storeKeysOf([{ store: 'S1', atMs: 7, requestId: null, body }])).toEqual([
    {
      keyId: 'k-1',
      store: 'S1',
      label: null,
      scopes: [],
      expiresAtMs: null,
      dailyQuota: null,
      createdAtMs: null,
      revoked: { atMs: 7, reason: 'lost' },
    },
  ]);
});

test('without an audit record there is no key', async () => {
  const { access } = setUp(() => Promise.reject(new AuditUnavailable('no broker')));
  await expect(createKey(access, wish)).rejects.toBeInstanceOf(AuditUnavailable);
});
