import { expect, test } from 'vitest';
import { digestApiKey, parseApiKey } from '../../schemas/api-key.ts';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { type DemoStoreState, type DoorKeys, demoStore, doors, planDemoStore } from './demo-store.ts';

const store = { timeZone: 'Europe/London', currencies: ['GBP'] };
const plan = (config: readonly StoreConfig[], keys: Partial<DoorKeys> | null, of = store) =>
  planDemoStore({ config, keys, store: of, nowMs: 1 } satisfies DemoStoreState);
const written = (from: ReturnType<typeof plan>): readonly StoreConfig[] =>
  from.records.map(({ value }) => value);

test('an empty log gets the store and one key for each door, whose digests fit their texts', () => {
  const first = plan([], null);
  const bodies = written(first).map(({ body }) => body);
  expect(bodies[0]).toMatchObject({ type: 'StorePut', live: true, ...store });
  for (const [door, scopes] of Object.entries(doors)) {
    const text = first.keys[door as keyof typeof doors];
    const keyId = parseApiKey(text)?.keyId;
    expect(bodies).toContainEqual(expect.objectContaining({ keyId, scopes, sha256: digestApiKey(text) }));
  }
  expect(JSON.stringify(bodies)).not.toContain(first.keys.full.slice(-40));
  expect(first.records.map(({ key }) => key)).toEqual([
    demoStore,
    ...Object.values(first.keys).map((text) => parseApiKey(text)?.keyId),
  ]);
});

test('a second run writes nothing and gives the same keys', () => {
  const first = plan([], null);
  const second = plan(written(first), first.keys);
  expect(second).toEqual({ keys: first.keys, records: [] });
});

test('a lost file means new keys, and the old ones are revoked', () => {
  const first = plan([], null);
  const second = plan(written(first), null);
  const old = Object.values(first.keys).map((text) => parseApiKey(text)?.keyId);
  const revoked = written(second).flatMap(({ body }) => (body.type === 'KeyRevoked' ? [body.keyId] : []));
  expect(revoked).toEqual(old);
  expect(plan([...written(first), ...written(second)], second.keys).records).toEqual([]);
});

test('a damaged text is replaced alone', () => {
  const first = plan([], null);
  const second = plan(written(first), { ...first.keys, ops: 'mr_test_torn' });
  expect(second.keys).toMatchObject({ full: first.keys.full, analyst: first.keys.analyst });
  expect(written(second).map(({ body }) => body.type)).toEqual(['KeyPut', 'KeyRevoked']);
});

test('what stands without an audit record is written again, with one', () => {
  const first = plan([], null);
  const old = written(first).map((config) => ({ ...config, requestId: null }));
  const second = plan(old, first.keys);
  expect(second.keys).toEqual(first.keys);
  expect(written(second).map(({ body }) => body)).toEqual(written(first).map(({ body }) => body));
  expect(written(second).every(({ requestId }) => requestId !== null)).toBe(true);
  expect(plan([...old, ...written(second)], first.keys).records).toEqual([]);
});

test('a wiped log gets the known keys again; a revoked one never comes back, its door gets another', () => {
  const first = plan([], null);
  expect(plan([], first.keys).keys).toEqual(first.keys);
  const keyId = parseApiKey(first.keys.full)?.keyId ?? '';
  const revoked: StoreConfig = {
    store: demoStore,
    atMs: 2,
    requestId: null,
    body: { type: 'KeyRevoked', keyId, reason: 'test' },
  };
  const next = plan([...written(first), revoked], first.keys);
  expect(next.keys.full).not.toBe(first.keys.full);
  expect(next.keys).toMatchObject({ analyst: first.keys.analyst, ops: first.keys.ops });
  expect(written(next).map(({ body }) => body)).toMatchObject([
    { type: 'KeyPut', keyId: parseApiKey(next.keys.full)?.keyId },
  ]);
});

test('leaves keys that are not of a door, and other stores, alone', () => {
  const first = plan([], null);
  const foreign = written(first).map((config) => ({ ...config, store: 'other' }));
  const extra: StoreConfig = {
    store: demoStore,
    atMs: 1,
    requestId: null,
    body: {
      type: 'KeyPut',
      keyId: 'ff',
      sha256: '',
      label: 'mine',
      scopes: [],
      expiresAtMs: null,
      dailyQuota: null,
    },
  };
  expect(plan([...written(first), ...foreign, extra], first.keys).records).toEqual([]);
});

test('a changed time zone or currency is written', () => {
  const first = plan([], null);
  const second = plan(written(first), first.keys, { timeZone: 'UTC', currencies: ['EUR'] });
  expect(written(second).map(({ body }) => body)).toMatchObject([
    { type: 'StorePut', timeZone: 'UTC', currencies: ['EUR'] },
  ]);
});
