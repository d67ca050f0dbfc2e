import { expect, test } from 'vitest';
import type { CustomerKey } from '../../../schemas/generated/customers-keys.ts';
import { createCustomerSealer, type KeepKey, type SealFor } from './customer-sealer.ts';
import { createFieldOpener, type FieldOpener, KeyErased } from './field-opener.ts';
import { isWrappedKey, KeyRing } from './key-ring.ts';
import { keyIdOf, type SealedFieldOwner } from './sealed-field.ts';
import { createKeyWrapper } from './wrapped-key.ts';

const secret = 'a secret of more than sixteen characters';
const wrapper = createKeyWrapper(secret);
const ownerOf = (customerId: string): SealedFieldOwner => ({ store: 'S', customerId, field: 'shipTo' });

/** `customers.keys.v1` in memory: its records, null where a tombstone stands. */
class KeyLog {
  readonly records: { readonly key: string; readonly value: CustomerKey | null }[] = [];
  keep: KeepKey = async (record) => BigInt(this.records.push({ key: record.body.keyId, value: record }) - 1);

  erase(keyId: string): void {
    this.records.push({ key: keyId, value: null });
  }

  /** Applies what the ring has not read yet. */
  feed(ring: KeyRing): void {
    for (let i = Number(ring.next); i < this.records.length; i += 1) {
      const record = this.records[i];
      if (record) ring.apply({ offset: BigInt(i), ...record });
    }
  }
}

const ringOf = (keysMax = 10): KeyRing => new KeyRing(keysMax, wrapper.unwrap);
const sealerOf = (
  ring: KeyRing,
  keep: KeepKey,
): { readonly seal: (customerId: string) => Promise<string> } => {
  const sealer = createCustomerSealer({ wrapper, ring, keep, nowMs: () => 0 });
  return {
    seal: async (customerId) => {
      const seal: SealFor = await sealer.sealFor('S', customerId);
      return seal('shipTo', `home of ${customerId}`);
    },
  };
};
function openerOf(log: KeyLog, ring = ringOf()): FieldOpener {
  return createFieldOpener({
    wrapper,
    ring,
    catchUp: async () => log.feed(ring),
    search: async (keyId) => {
      const last = log.records.findLast(({ key }) => key === keyId)?.value;
      return last && isWrappedKey(last) ? wrapper.unwrap(last) : null;
    },
  });
}

test('a key is in the log before it seals, and the second order of a customer waits for nothing', async () => {
  const log = new KeyLog();
  const { promise: acknowledged, resolve: acknowledge } = Promise.withResolvers<void>();
  const { seal } = sealerOf(ringOf(), async (record) => {
    await acknowledged;
    return log.keep(record);
  });
  let sealed: string | null = null;
  const first = seal('c-1').then((text) => {
    sealed = text;
  });
  const meanwhile = seal('c-1');
  await new Promise(setImmediate);
  expect([sealed, log.records]).toEqual([null, []]);
  acknowledge();
  await first;
  const names = [sealed ?? '', await meanwhile, await seal('c-1')].map(keyIdOf);
  expect([log.records.length, new Set(names).size]).toEqual([1, 1]);
});

test('a key the log may not have seals nothing, and the next order makes another', async () => {
  const log = new KeyLog();
  let fails = true;
  const { seal } = sealerOf(ringOf(), async (record) => {
    if (fails) throw new Error('no answer');
    return log.keep(record);
  });
  await expect(seal('c-1')).rejects.toThrow('no answer');
  fails = false;
  expect(keyIdOf(await seal('c-1'))).toBe(log.records[0]?.key);
});

test('two processes that make a key for one customer at the same moment both work, and go on with the newer one', async () => {
  const log = new KeyLog();
  const [a, b] = [ringOf(), ringOf()];
  const [one, other] = await Promise.all([
    sealerOf(a, log.keep).seal('c-1'),
    sealerOf(b, log.keep).seal('c-1'),
  ]);
  expect(keyIdOf(one)).not.toBe(keyIdOf(other));
  const opener = openerOf(log);
  expect(await Promise.all([one, other].map((text) => opener.open(ownerOf('c-1'), text)))).toEqual([
    'home of c-1',
    'home of c-1',
  ]);
  log.feed(a);
  log.feed(b);
  const next = await Promise.all([sealerOf(a, log.keep).seal('c-1'), sealerOf(b, log.keep).seal('c-1')]);
  expect([log.records.length, ...next.map(keyIdOf)]).toEqual([2, log.records[1]?.key, log.records[1]?.key]);
});

test('an erased key opens nothing, and the next order gets another', async () => {
  const log = new KeyLog();
  const ring = ringOf();
  const { seal } = sealerOf(ring, log.keep);
  const old = await seal('c-1');
  log.erase(keyIdOf(old));
  log.feed(ring);
  const opener = openerOf(log);
  await expect(opener.open(ownerOf('c-1'), old)).rejects.toThrow(KeyErased);
  const fresh = await seal('c-1');
  expect(keyIdOf(fresh)).not.toBe(keyIdOf(old));
  expect(await opener.open(ownerOf('c-1'), fresh)).toBe('home of c-1');
});

test('an acknowledgement that comes after the erasure was read does not bring the key back', async () => {
  const log = new KeyLog();
  const ring = ringOf();
  const { seal } = sealerOf(ring, async (record) => {
    const offset = await log.keep(record);
    log.erase(record.body.keyId);
    log.feed(ring);
    return offset;
  });
  const [first, second] = [await seal('c-1'), await seal('c-1')];
  expect(keyIdOf(first)).not.toBe(keyIdOf(second));
});

test('memory is bounded: what it forgets is searched for in the log, and told from what is erased', async () => {
  const log = new KeyLog();
  const { seal } = sealerOf(ringOf(), log.keep);
  const [one, two, three] = [await seal('c-1'), await seal('c-2'), await seal('c-3')];
  log.erase(keyIdOf(two));
  const ring = ringOf(1);
  const opener = openerOf(log, ring);
  expect(await opener.open(ownerOf('c-3'), three)).toBe('home of c-3');
  expect([ring.hasForgotten, ring.byId(keyIdOf(one))]).toEqual([true, undefined]);
  expect(await opener.open(ownerOf('c-1'), one)).toBe('home of c-1');
  await expect(opener.open(ownerOf('c-2'), two)).rejects.toThrow(KeyErased);
});

test('the customer who orders again is the last to be forgotten', async () => {
  const log = new KeyLog();
  const { seal } = sealerOf(ringOf(2), log.keep);
  for (const customer of ['c-1', 'c-2', 'c-1', 'c-3', 'c-1']) await seal(customer);
  expect(log.records.map(({ value }) => value?.customerId)).toEqual(['c-1', 'c-2', 'c-3']);
});

test('fields of before, under the key of the secret itself, still open', async () => {
  // written by the code of decision 0006
  const sealed = 'v1.master-1.VE4K8e_Kpo3yUjwa.EMB7ypILEfuGweEeVWKW1F3EjXL0qKuH0w';
  expect(await openerOf(new KeyLog()).open(ownerOf('c-1'), sealed)).toBe('of before');
});

test('a wrapped key is of one store, customer and id, and of one secret', () => {
  const { record } = wrapper.create('S', 'c-1', 0);
  expect(wrapper.unwrap(record).keyId).toBe(record.body.keyId);
  for (const change of [
    { store: 'T' },
    { customerId: 'c-2' },
    { body: { ...record.body, keyId: 'another' } },
    { body: { ...record.body, wrapped: record.body.wrapped.with(20, 1 ^ (record.body.wrapped[20] ?? 0)) } },
  ])
    expect(() => wrapper.unwrap({ ...record, ...change })).toThrow();
  const ring = new KeyRing(1, createKeyWrapper('another secret of that length').unwrap);
  expect(() => ring.apply({ offset: 0n, key: record.body.keyId, value: record })).toThrow(
    'MILLRACE_CUSTOMER_KEY_SECRET',
  );
});
