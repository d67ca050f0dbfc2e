import { expect, test } from 'vitest';
import { inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import type { Append } from '../../infra/clients/log.ts';
import { brokenChains, decided, disorder, heard, placeHold, placeHolds, skuOn } from './testing/commands.ts';
import { counter, echo } from './testing/tiny-processors.ts';
import { World } from './testing/world.ts';

const stockJournal = journalOf('stock');
const stockInbox = { topic: inboxOf('stock'), partition: 0 };
const ordersInbox = inboxOf('orders');
const isSlice = (append: Append): boolean => append.topic === stockJournal && append.records[0]?.key !== null;
const isReply = ({ topic, records }: Append): boolean =>
  topic === ordersInbox && records[0]?.headers !== undefined;

type Ready = { readonly tasks: { notReady(): string | null } };
const ready = (world: World, ...running: readonly Ready[]): Promise<void> =>
  world.clock.until('all ready', () => running.every(({ tasks }) => tasks.notReady() === null));

function expectOnce(world: World, ids: readonly string[]): void {
  expect(decided(world)).toEqual(ids);
  expect(heard(world)).toEqual(ids);
  expect(disorder(world)).toEqual([]);
  expect(brokenChains(world)).toEqual([]);
}

/** Orders, and stock in one process. */
async function start(partitions = 2) {
  const world = new World(partitions);
  const orders = world.start('orders-a', echo);
  const a = world.start('a', counter);
  await ready(world, orders, a);
  return { world, a };
}

test('goes on where the journal ends after a kill, with state, marks and chains as they were', async () => {
  const { world, a } = await start();
  const first = placeHolds(world, 60, 'f');
  await world.clock.advance(3_000);
  a.process.kill();
  const second = placeHolds(world, 60, 'g');
  const b = world.start('b', counter);
  await world.clock.advance(10_000);
  await ready(world, b);
  await world.clock.advance(5_000);
  expectOnce(world, [...first, ...second]);
});

test('a killed owner between append and send: the next one sends the messages', async () => {
  const { world, a } = await start();
  world.broker.faultOf = (append, client) => {
    if (client !== 'a' || !isReply(append)) return null;
    a.process.kill();
    return 'request-lost';
  };
  const ids = placeHolds(world, 40);
  await world.clock.advance(50);
  const left = decided(world).length;
  expect(left).toBeGreaterThan(0);
  expect(heard(world)).toEqual([]);
  const b = world.start('b', counter);
  await world.clock.advance(10_000);
  await ready(world, b);
  await world.clock.advance(3_000);
  expectOnce(world, ids);
  const resent = world.told('tookOver').filter(([process]) => process === 'b');
  expect(
    resent.reduce((sum, [, , , took]) => sum + (took as { resent: number }).resent, 0),
  ).toBeGreaterThanOrEqual(left);
});

test('a killed owner after its append, before the answer: nothing is decided twice', async () => {
  const { world, a } = await start();
  let slices = 0;
  world.broker.faultOf = (append, client) => {
    if (client !== 'a' || !isSlice(append)) return null;
    slices += 1;
    if (slices === 3) a.process.kill();
    return null;
  };
  const ids = placeHolds(world, 100);
  world.start('b', counter);
  await world.clock.advance(15_000);
  expectOnce(world, ids);
});

test('a zombie that wakes between append and check learns from the gap: its slice is void, it sends nothing', async () => {
  const { world, a } = await start();
  let replies = 0;
  let froze = false;
  world.broker.faultOf = (append, client) => {
    if (client === 'a' && isReply(append)) replies += 1;
    if (client !== 'a' || !isSlice(append) || froze) return null;
    // The request hangs in the network while the process is stopped: it reaches the log long after the take-over.
    froze = true;
    a.process.freeze();
    return 'late';
  };
  world.broker.lateMs = 20_000;
  const b = world.start('b', counter);
  const ids = placeHolds(world, 60);
  await world.clock.advance(15_000);
  expect(b.tasks.states().size).toBe(2);
  expect(heard(world)).toEqual(ids);
  const repliesBefore = replies;
  a.process.thaw();
  await world.clock.advance(20_000);
  expectOnce(world, ids);
  expect(world.voidCount('stock', 0) + world.voidCount('stock', 1)).toBeGreaterThan(0);
  expect(replies).toBe(repliesBefore);
});

test('a zombie that goes on deciding is told by the base check and joins again', async () => {
  const { world, a } = await start(1);
  a.process.freeze();
  const b = world.start('b', counter);
  await world.clock.advance(10_000);
  await ready(world, b);
  const ids = placeHolds(world, 30);
  await world.clock.advance(1_000);
  a.process.thaw();
  await world.clock.advance(10);
  placeHolds(world, 30, 'late');
  await world.clock.advance(10_000);
  expectOnce(world, [...ids, ...placedLate]);
  expect(world.told('lostOwnership').filter(([process]) => process === 'a').length).toBe(1);
  expect(world.voidCount('stock', 0)).toBeGreaterThan(0);
  expect([a.tasks.notReady(), b.tasks.notReady()]).toEqual([null, null]);
});
const placedLate = Array.from({ length: 30 }, (_, i) => `late${String(i).padStart(4, '0')}`);

test('two Barriers that follow the same one: the slower is void, its writer joins again', async () => {
  const world = new World(1);
  world.start('orders-a', echo);
  // `a` reads the journal, then its Barrier hangs until `b` has written its own.
  world.broker.lateMs = 12_000;
  let held = false;
  const a = world.start('a', counter);
  world.broker.faultOf = (append, client) => {
    if (client !== 'a' || append.topic !== stockJournal || held) return null;
    held = true;
    a.process.freeze();
    return 'late';
  };
  await world.clock.advance(1_000);
  const b = world.start('b', counter);
  await world.clock.advance(8_000);
  await ready(world, b);
  placeHold(world, 'h1', skuOn(world, 0));
  await world.clock.advance(1_000);
  a.process.thaw();
  await world.clock.advance(100);
  // What comes while both still think that the partition may be theirs.
  placeHold(world, 'h2', skuOn(world, 0));
  await world.clock.advance(20_000);
  expectOnce(world, ['h1', 'h2']);
  expect(world.told('lostOwnership').filter(([process]) => process === 'a').length).toBe(1);
  expect(world.voidCount('stock', 0)).toBeGreaterThan(0);
  expect([a.tasks.notReady(), b.tasks.notReady()]).toEqual([null, null]);
});

test.each(['answer-lost', 'twice', 'late', 'request-lost'] as const)(
  'a Barrier that meets %s is appended again, and one of its copies counts',
  async (fault) => {
    const world = new World(1);
    let barriers = 0;
    world.broker.faultOf = (append) => {
      if (append.topic !== stockJournal || append.records[0]?.key !== null) return null;
      barriers += 1;
      return barriers === 1 ? fault : null;
    };
    const a = world.start('a', counter);
    await ready(world, a);
    await world.clock.advance(2_000);
    world.command('stock', 's/sku', {
      body: { type: 'ReceiveStock', sku: 'sku', quantity: 1, reason: 'r' } as never,
    });
    await world.clock.advance(2_000);
    expect(world.valid('stock', 0).filter(({ body }) => body.type === 'StockReceived').length).toBe(1);
    expect(world.told('page')).toEqual([]);
    expect(world.told('lostOwnership')).toEqual([]);
  },
);

test('every assignment is taken over anew, also one that looks unchanged', async () => {
  const { world } = await start();
  const before = world.told('tookOver').length;
  const ids: string[] = [];
  const c = world.start('c', counter);
  for (let i = 0; i < 10; i += 1) {
    ids.push(...placeHolds(world, 20, `r${i}-`));
    await world.clock.advance(15);
    if (i % 2 === 0) await c.tasks.stop(0).catch(() => undefined);
    else world.start(`c${i}`, counter);
  }
  await world.clock.advance(10_000);
  expectOnce(world, ids.sort());
  expect(world.told('tookOver').length).toBeGreaterThan(before + 10);
});

test('nothing is delivered or decided before the take-over is done, however slow it is', async () => {
  const { world, a } = await start();
  const ids = placeHolds(world, 40);
  await world.clock.advance(2_000);
  a.process.kill();
  const more = placeHolds(world, 40, 'i');
  let open = false;
  const readerOpen = world.broker.faultOf;
  world.broker.faultOf = (append, client) =>
    client === 'b' && append.topic === stockJournal && !open ? 'request-lost' : readerOpen(append, client);
  const b = world.start('b', counter);
  await world.clock.advance(20_000);
  expect(b.tasks.notReady()).toContain('taking-over');
  expect(decided(world)).toEqual(ids);
  open = true;
  await world.clock.advance(10_000);
  expectOnce(world, [...ids, ...more]);
});

test('stops and pages at a journal that ends before what this process knew', async () => {
  const { world, a } = await start(1);
  placeHolds(world, 30);
  await world.clock.advance(3_000);
  a.process.freeze();
  await world.clock.advance(7_000);
  const journal = { topic: stockJournal, partition: 0 };
  world.broker.loseTail(journal, world.broker.rangeOf(journal).end - 2n);
  a.process.thaw();
  await world.clock.advance(10_000);
  // Once by the base of its next append, and again by the take-over that follows.
  const texts = world.told('page').map(([, , , fault]) => String(fault));
  expect(texts).toMatchObject([
    expect.stringContaining('gave offset'),
    expect.stringContaining('was longer before'),
  ]);
});

test.each([
  [
    'ends before what was decided',
    'inbox-short',
    (world: World, end: bigint) => world.broker.loseTail(stockInbox, end - 5n),
  ],
  [
    'lost its tail and grew again',
    'inbox-lineage',
    (world: World, end: bigint) => {
      world.broker.loseTail(stockInbox, end - 5n);
      placeHolds(world, 40, 'other');
    },
  ],
  [
    'dropped what nobody decided',
    'inbox-short',
    (world: World, end: bigint) => {
      placeHolds(world, 10, 'unseen');
      world.broker.trim(stockInbox, end + 8n);
    },
  ],
] as const)('stops and pages at an inbox that %s', async (_, kind, harm) => {
  const { world, a } = await start(1);
  const ids = placeHolds(world, 30);
  await world.clock.advance(3_000);
  a.process.kill();
  await world.clock.advance(7_000);
  harm(world, world.broker.rangeOf(stockInbox).end);
  world.start('b', counter);
  await world.clock.advance(10_000);
  expect(world.told('page')).toMatchObject([['b', 'page', 0, { kind }]]);
  expect(decided(world)).toEqual(ids);
});

test('a Tick that lands below what the inbox had reached tells its running owner of the loss', async () => {
  const { world } = await start(1);
  placeHolds(world, 30);
  await world.clock.advance(3_000);
  world.broker.loseTail(stockInbox, 5n);
  await world.clock.advance(16_000);
  expect(world.told('page')).toMatchObject([['a', 'page', 0, { kind: 'inbox-short' }]]);
});

test('goes on when the last decided record was dropped for its age, and nothing after it', async () => {
  const { world, a } = await start(1);
  placeHolds(world, 30);
  await world.clock.advance(3_000);
  a.process.kill();
  await world.clock.advance(7_000);
  const inbox = { topic: inboxOf('stock'), partition: 0 };
  world.broker.trim(inbox, world.broker.rangeOf(inbox).end);
  world.start('b', counter);
  await world.clock.advance(3_000);
  const ids = placeHolds(world, 10, 'n');
  await world.clock.advance(3_000);
  expect(decided(world).filter((id) => id.startsWith('n'))).toEqual(ids);
  expect(world.told('page')).toEqual([]);
});

test.each([
  ['bytes nobody can read', Buffer.from('x')],
  ['a tombstone', null],
])('stops and pages at %s in the books', async (_, value) => {
  const { world, a } = await start(1);
  placeHolds(world, 5);
  await world.clock.advance(2_000);
  a.process.kill();
  world.broker.appendRaw({ topic: stockJournal, partition: 0 }, { value });
  await world.clock.advance(8_000);
  world.start('b', counter);
  await world.clock.advance(5_000);
  expect(world.told('page')).toMatchObject([['b', 'page', 0, { kind: 'journal-unreadable' }]]);
});

test('a repeat of a message that changed nothing is still a repeat after a take-over', async () => {
  const { world, a } = await start(1);
  const inbox = { topic: inboxOf('stock'), partition: 0 };
  const body = { type: 'Halt', sku: 'sku', reason: 'x' };
  world.command('stock', 's/sku', { body });
  const [{ key, value } = { key: null, value: null }] = world.broker.all(inbox).slice(-1);
  const headers = [['source', Buffer.from('orders/0 7.0 -')]] as const;
  world.broker.appendRaw(inbox, { key, value, headers });
  await world.clock.advance(2_000);
  a.process.kill();
  world.broker.appendRaw(inbox, { key, value, headers });
  world.start('b', counter);
  await world.clock.advance(10_000);
  const ignored = world.valid('stock', 0).filter(({ body: event }) => event.type === 'CommandIgnored');
  expect(ignored.map(({ cause }) => cause.source)).toEqual([null, 'orders/0']);
});
