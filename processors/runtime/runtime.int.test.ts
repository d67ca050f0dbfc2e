import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { decided, disorder, heard } from './testing/commands.ts';
import { type Child, RealBooks } from './testing/real-books.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const partitions = 2;
const brokers = testEngines().kafkaBrokers.split(',');
let books: RealBooks;

afterEach(() => books.close());

const idsOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`);

const has = (child: Child, what: string): boolean => child.told.some(([told]) => told === what);

const waitMs = 90_000;

async function untilTold(child: Child, what: string): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (!has(child, what)) {
    if (Date.now() > deadline) throw new Error(`never told ${what}: ${JSON.stringify(child.told)}`);
    await delay(10);
  }
}

/** All holds decided once and heard once, by the journals themselves. */
async function expectOnce(ids: readonly string[]): Promise<void> {
  await books.until(
    () => heard(books).length >= ids.length,
    () => ({ decided: decided(books).length, heard: heard(books).length }),
  );
  expect(decided(books)).toEqual([...ids].sort());
  expect(heard(books)).toEqual([...ids].sort());
  expect(disorder(books)).toEqual([]);
}

/** Orders, and stock as one process. */
async function start(harm?: Parameters<RealBooks['start']>[2], snapshotEvents = 0): Promise<Child> {
  books = await RealBooks.open(brokers, partitions);
  books.snapshotEvents = snapshotEvents;
  const orders = books.start('orders', 'orders-1');
  const stock = books.start('stock', 'stock-1', harm);
  await Promise.all([untilTold(orders, 'ready'), untilTold(stock, 'ready')]);
  return stock;
}

test('two processes share the partitions, and every command takes effect once', async () => {
  await start();
  const second = books.start('stock', 'stock-2');
  const ids = idsOf('h', 600);
  for (let i = 0; i < ids.length; i += 50) await books.placeHolds(ids.slice(i, i + 50));
  await untilTold(second, 'ready');
  const more = idsOf('i', 100);
  await books.placeHolds(more);
  await expectOnce([...ids, ...more]);
  expect(second.told.filter(([what]) => what === 'ready')).toEqual([['ready', 1]]);
});

test('a process killed between append and send: the next owner sends its messages', async () => {
  const stock = await start({ signal: 'SIGKILL', at: 'before-send', nth: 2 });
  const ids = idsOf('h', 300);
  for (let i = 0; i < ids.length; i += 50) await books.placeHolds(ids.slice(i, i + 50));
  await untilTold(stock, 'harmed');
  const next = books.start('stock', 'stock-2');
  await untilTold(next, 'ready');
  await expectOnce(ids);
  const resent = next.told.flatMap(([what, , took]) =>
    what === 'tookOver' ? [(took as { resent: number }).resent] : [],
  );
  expect(resent.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
});

test('a zombie stopped between append and check: its later appends are void, it rejoins and works on', async () => {
  const zombie = await start({ signal: 'SIGSTOP', at: 'after-append', nth: 2 });
  const ids = idsOf('h', 400);
  for (let i = 0; i < ids.length; i += 50) await books.placeHolds(ids.slice(i, i + 50));
  await untilTold(zombie, 'harmed');
  const heir = books.start('stock', 'stock-2');
  await untilTold(heir, 'ready');
  await expectOnce(ids);
  zombie.process.kill('SIGCONT');
  // It still has records in its queue: it decides them, and the base of its append gives it away.
  await untilTold(zombie, 'lostOwnership');
  await books.until(
    () => [0, 1].some((partition) => books.judge('stock', partition).voidCount > 0),
    () => zombie.told,
  );
  const late = idsOf('late', 200);
  await books.placeHolds(late);
  await expectOnce([...ids, ...late]);
  expect([...zombie.told, ...heir.told].filter(([what]) => what === 'page' || what === 'crashed')).toEqual(
    [],
  );
});

test('a killed owner leaves its snapshot: the next one reads the events after it alone', async () => {
  const stock = await start(undefined, 100);
  const ids = idsOf('h', 900);
  for (let i = 0; i < ids.length; i += 100) await books.placeHolds(ids.slice(i, i + 100));
  await expectOnce(ids);
  const taken = (child: Child): ReadonlySet<unknown> =>
    new Set(
      child.told.flatMap(([what, partition, happened]) =>
        what === 'snapshot' && (happened as { is: string }).is === 'taken' ? [partition] : [],
      ),
    );
  await books.until(
    () => taken(stock).size === partitions,
    () => stock.told,
  );
  stock.process.kill('SIGKILL');
  const next = books.start('stock', 'stock-2');
  await untilTold(next, 'ready');
  const more = idsOf('i', 100);
  await books.placeHolds(more);
  await expectOnce([...ids, ...more]);
  const took = next.told.flatMap(([what, , of]) =>
    what === 'tookOver' ? [of as { fromSeq: number; recordsRead: number; events: number }] : [],
  );
  expect(took).toHaveLength(partitions);
  for (const { fromSeq, recordsRead, events } of took) {
    expect(fromSeq).toBeGreaterThanOrEqual(100);
    // the events after the snapshot, the new owner's Barrier, and nothing before
    expect(recordsRead).toBe(events - fromSeq + 1);
  }
  expect(next.told.filter(([what]) => what === 'page')).toEqual([]);
});

test('the partitions of a killed process go to the others, who keep theirs; its return brings back the same', async () => {
  books = await RealBooks.open(brokers, 6);
  const names = ['stock-1', 'stock-2', 'stock-3'];
  const children = new Map(names.map((name) => [name, books.start('stock', name)]));
  const ownersWhen = async (holds: (owners: readonly (string | null)[]) => boolean) => {
    let owners: readonly (string | null)[] = [];
    const deadline = Date.now() + waitMs;
    do {
      if (Date.now() > deadline) throw new Error(`owners: ${owners.join(', ')}`);
      owners = await books.owners('stock');
    } while (!holds(owners));
    return owners;
  };
  const before = await ownersWhen((owners) => new Set(owners).size === 3 && !owners.includes(null));
  expect(names.map((name) => before.filter((owner) => owner === name).length)).toEqual([2, 2, 2]);
  children.get('stock-3')?.process.kill('SIGKILL');
  const without = await ownersWhen((owners) => !owners.includes('stock-3') && !owners.includes(null));
  expect(without.filter((owner, p) => owner !== before[p] && before[p] !== 'stock-3')).toEqual([]);
  books.start('stock', 'stock-3');
  const again = await ownersWhen((owners) => owners.includes('stock-3') && !owners.includes(null));
  expect(again).toEqual(before);
});
