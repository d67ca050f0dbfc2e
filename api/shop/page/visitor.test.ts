import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { enter as enterOf, shopFault as faultOf, shopper as shopperOf } from './visitor.ts';

const visitor = {
  token: 'mr_visit_x',
  customerId: 'v-1',
  endsAt: '2999-01-01T00:00:00Z',
  exponents: { GBP: 2 },
  store: { id: 'demo', currencies: ['GBP'], timeZone: 'Europe/London' },
};
let keys: (string | null)[];
let kept: Map<string, string>;
let page: { enter: typeof enterOf; shopFault: typeof faultOf; shopper: typeof shopperOf };

/** A page that came over http from another machine: no secure context, so no `randomUUID`. */
beforeEach(async () => {
  keys = [];
  kept = new Map();
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', {
    getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
  });
  vi.stubGlobal('location', { origin: 'http://192.168.1.5:8080' });
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
  vi.stubGlobal('fetch', async (_: string, { headers }: RequestInit) => {
    keys.push(new Headers(headers).get('idempotency-key'));
    return Response.json(visitor);
  });
  vi.resetModules();
  page = await import('./visitor.ts');
});
afterEach(() => void vi.unstubAllGlobals());

test('a page that came over plain http lets a visitor in', async () => {
  await page.enter();
  expect(page.shopFault.value).toBeNull();
  expect(page.shopper.value).toMatchObject({ visitor, currency: 'GBP' });
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
});

test('a visitor who comes back is the one he was', async () => {
  await page.enter();
  await page.enter();
  expect(keys.length).toBe(1);
});

test.each([
  ['keeps nothing for pages', 'localStorage', new Error('The operation is insecure')],
  ['has no random numbers', 'crypto', new Error('no entropy')],
] as const)('a browser that %s is told, and does not load for ever', async (_, name, error) => {
  const fail = (): never => {
    throw error;
  };
  vi.stubGlobal(name, { getItem: fail, setItem: fail, getRandomValues: fail });
  await page.enter();
  expect(page.shopper.value).toBeNull();
  expect(page.shopFault.value).toMatchObject({ detail: expect.stringContaining(error.message) as string });
});
