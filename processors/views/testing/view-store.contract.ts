import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisEntry } from '../../../infra/audit/recording.ts';
import { orderKeys } from '../../../schemas/redis-keys.ts';
import { type ViewPosition, viewStart } from '../batch-plan.ts';
import { fieldsOf, type StoredFields, type ViewStore } from '../view-store.ts';
import type { ViewUpdate } from '../view-update.ts';

/** An empty store, and what ails it. */
export interface StoreUnderTest {
  readonly store: ViewStore;
  /** Every key of the order view of a partition, in any order. */
  dump(partition: number): Promise<readonly RedisEntry[]>;
  ail(condition: 'sound' | 'full' | 'read-only'): Promise<void>;
  close(): Promise<void>;
}

const key = orderKeys.position(0);
const nothing: StoredFields = [null, null, null, null, null];
const at = (seq: number, writer = 'w'): ViewPosition => ({
  offset: BigInt(seq),
  seq,
  writer,
  cause: seq,
  atMs: seq * 10,
});
const orderKey = (id: string): string => orderKeys.order(0, id);
const set = (id: string, json: string): ViewUpdate => ({ does: 'set', key: orderKey(id), json });
const list = (id: string, score: number): ViewUpdate => ({
  does: 'list',
  key: orderKeys.created(0, 's'),
  score,
  member: id,
});
const append = (seq: number): ViewUpdate => ({
  does: 'append',
  key: orderKeys.events(0),
  id: `${seq}-0`,
  order: `o-${seq}`,
  event: `event ${seq}`,
});

/** What a view may rely on in the store it stands in (view-store.ts); for the real one and for the simulator's. */
export function viewStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a view's store`, () => {
    let subject: StoreUnderTest;
    let store: ViewStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.close());

    const begin = async (): Promise<void> => {
      expect(await store.beginWipe(key, nothing, 'first')).toBe(true);
      expect(await store.endWipe(key, 'first', viewStart)).toBe(true);
    };
    const apply = (from: ViewPosition, next: ViewPosition, ...updates: readonly ViewUpdate[]) =>
      store.apply({ positionKey: key, from, next, updates, streamEventsMax: 3 });
    const sorted = async (): Promise<readonly RedisEntry[]> =>
      (await subject.dump(0)).toSorted((a, b) => (a.key < b.key ? -1 : 1));

    test('an empty store has no position and no documents', async () => {
      expect(await store.readPosition(key)).toEqual(nothing);
      const documents = await store.readDocuments(key, [orderKey('a'), orderKey('b')]);
      expect(documents).toEqual({ stored: nothing, documents: [null, null] });
    });

    test('a batch stands with its position, and both are read as of one moment', async () => {
      await begin();
      expect(await apply(viewStart, at(1), set('a', '{"a":1}'))).toBe(true);
      const read = await store.readDocuments(key, [orderKey('b'), orderKey('a')]);
      expect(read).toEqual({ stored: fieldsOf(at(1)), documents: [null, '{"a":1}'] });
      expect(await store.readPosition(key)).toEqual(fieldsOf(at(1)));
    });

    test.each([
      ['nothing is stored', async () => undefined],
      ['another offset is stored', async () => apply(viewStart, { ...at(1), offset: 7n })],
      ['another seq is stored', async () => apply(viewStart, { ...at(1), seq: 7 })],
      ['another writer is stored', async () => apply(viewStart, at(1, 'other'))],
      ['the view is being emptied', async () => store.beginWipe(key, fieldsOf(viewStart), 't')],
    ])('a batch changes nothing where %s', async (_, before) => {
      if (_ !== 'nothing is stored') await begin();
      await before();
      const stood = await sorted();
      expect(await apply(at(1), at(2), set('a', '{}'), append(2))).toBe(false);
      expect(await sorted()).toEqual(stood);
    });

    test('a batch said twice is taken once', async () => {
      await begin();
      const updates = [set('a', '1'), list('a', 5), append(1)];
      expect(await apply(viewStart, at(1), ...updates)).toBe(true);
      const once = await sorted();
      expect(await apply(viewStart, at(1), ...updates)).toBe(false);
      expect(await sorted()).toEqual(once);
    });

    test('lists, streams and documents hold the last word, and a stream its newest entries only', async () => {
      await begin();
      const unlist: ViewUpdate = { does: 'unlist', key: orderKeys.created(0, 's'), member: 'b' };
      await apply(
        viewStart,
        at(4),
        set('a', '1'),
        list('a', 5),
        list('b', 6),
        append(1),
        append(2),
        append(3),
      );
      await apply(at(4), at(5), set('a', '2'), list('a', 9), unlist, append(4));
      expect(await sorted()).toEqual([
        {
          key: orderKeys.created(0, 's'),
          value: { is: 'zset', scores: new Map([['a', 9]]) },
        },
        {
          key: orderKeys.events(0),
          value: {
            is: 'stream',
            entries: [2, 3, 4].map((seq) => ({
              id: `${seq}-0`,
              fields: { order: `o-${seq}`, event: `event ${seq}` },
            })),
          },
        },
        { key: orderKey('a'), value: { is: 'string', text: '2' } },
        {
          key,
          value: { is: 'hash', fields: { offset: '5', seq: '5', writer: 'w', cause: '5', atMs: '50' } },
        },
      ]);
    });

    test('a list whose last member leaves is no key any more', async () => {
      await begin();
      await apply(viewStart, at(1), list('a', 1));
      await apply(at(1), at(2), { does: 'unlist', key: orderKeys.created(0, 's'), member: 'a' });
      expect((await sorted()).map((entry) => entry.key)).toEqual([key]);
    });

    test('a dropped document is no key any more; dropping what is absent is nothing', async () => {
      await begin();
      const drop = (id: string): ViewUpdate => ({ does: 'drop', key: orderKey(id) });
      await apply(viewStart, at(1), set('a', '1'), list('a', 1));
      expect(await apply(at(1), at(2), drop('a'), drop('absent'), set('b', '2'))).toBe(true);
      const keys = [orderKeys.created(0, 's'), orderKey('b'), key];
      expect((await sorted()).map((entry) => entry.key)).toEqual(keys);
    });

    test('only the wiper whose token stands there wipes, and never the position', async () => {
      await begin();
      await apply(viewStart, at(1), set('a', '1'), list('a', 1));
      expect(await store.beginWipe(key, fieldsOf(viewStart), 'late')).toBe(false);
      expect(await store.beginWipe(key, fieldsOf(at(1)), 'one')).toBe(true);
      expect(await store.readPosition(key)).toEqual(nothing);
      const keys = [key, orderKey('a'), orderKeys.created(0, 's'), orderKey('absent')];
      expect(await store.wipeKeys(key, keys, 'late')).toBe(false);
      expect((await store.readDocuments(key, [orderKey('a')])).documents).toEqual(['1']);
      expect(await store.wipeKeys(key, keys, 'one')).toBe(true);
      expect(await store.endWipe(key, 'late', at(9))).toBe(false);
      expect(await store.endWipe(key, 'one', viewStart)).toBe(true);
      expect(await sorted()).toEqual([
        {
          key,
          value: { is: 'hash', fields: { offset: '-1', seq: '0', writer: '', cause: '-1', atMs: '0' } },
        },
      ]);
    });

    test('a second wiper takes over from the first, which does nothing more', async () => {
      await begin();
      await apply(viewStart, at(1), set('a', '1'));
      expect(await store.beginWipe(key, fieldsOf(at(1)), 'one')).toBe(true);
      expect(await store.beginWipe(key, nothing, 'two')).toBe(true);
      expect(await store.wipeKeys(key, [orderKey('a')], 'one')).toBe(false);
      expect(await store.endWipe(key, 'one', viewStart)).toBe(false);
      expect(await store.endWipe(key, 'two', viewStart)).toBe(true);
      expect(await store.wipeKeys(key, [orderKey('a')], 'two')).toBe(false);
      expect((await store.readDocuments(key, [orderKey('a')])).documents).toEqual(['1']);
    });

    test('a scan gives every key of the pattern that stands there throughout, and ends', async () => {
      await begin();
      const ids = Array.from({ length: 2_500 }, (_, i) => `o-${i}`);
      for (let from = 0; from < ids.length; from += 500) {
        const updates = ids.slice(from, from + 500).map((id) => set(id, '1'));
        expect(await apply(from === 0 ? viewStart : at(from), at(from + 500), ...updates)).toBe(true);
      }
      const found = new Set<string>();
      let cursor = '0';
      do {
        const page = await store.scan(orderKeys.all(0), cursor);
        for (const each of page.keys) found.add(each);
        cursor = page.cursor;
      } while (cursor !== '0');
      expect([...found].sort()).toEqual([key, ...ids.map(orderKey)].sort());
      expect((await store.scan(orderKeys.all(1), '0')).keys).toEqual([]);
    });

    test('a full store can be wiped: room comes of it', async () => {
      await begin();
      await apply(viewStart, at(1), set('a', '1'), list('a', 1));
      await subject.ail('full');
      expect(await store.beginWipe(key, fieldsOf(at(1)), 't')).toBe(true);
      const { keys } = await store.scan(orderKeys.all(0), '0');
      expect(await store.wipeKeys(key, keys, 't')).toBe(true);
      expect(await store.endWipe(key, 't', viewStart)).toBe(true);
      await subject.ail('sound');
      expect((await store.scan(orderKeys.all(0), '0')).keys).toEqual([key]);
    });

    test.each(['full', 'read-only'] as const)(
      'a %s store refuses what writes, whole, and still reads',
      async (condition) => {
        await begin();
        await apply(viewStart, at(1), set('a', '1'), list('a', 1));
        const stood = await sorted();
        await subject.ail(condition);
        const unlist: ViewUpdate = { does: 'unlist', key: orderKeys.created(0, 's'), member: 'a' };
        await expect(apply(at(1), at(2), unlist, set('a', '2'))).rejects.toThrow(/OOM|READONLY/);
        if (condition === 'read-only')
          await expect(store.beginWipe(key, fieldsOf(at(1)), 't')).rejects.toThrow(/READONLY/);
        expect((await store.readDocuments(key, [orderKey('a')])).documents).toEqual(['1']);
        expect((await store.scan(orderKeys.all(0), '0')).keys.length).toBeGreaterThan(0);
        await subject.ail('sound');
        expect(await sorted()).toEqual(stood);
        expect(await apply(at(1), at(2), unlist, set('a', '2'))).toBe(true);
      },
    );
  });
}
