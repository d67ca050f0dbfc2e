import { expect, test } from 'vitest';
import { inboxOf, journalOf, quarantineOf } from '../../schemas/topic-catalogue.ts';
import type { Append } from '../../infra/clients/log.ts';
import { LogFault } from '../../infra/clients/log-fault.ts';
import { brokenChains, decided, disorder, heard, placeHold, placeHolds, skuOn } from './testing/commands.ts';
import type { AppendFault } from './testing/model-broker.ts';
import { counter, echo } from './testing/tiny-processors.ts';
import { type Running, World } from './testing/world.ts';

const stockJournal = journalOf('stock');
const ordersInbox = inboxOf('orders');
const isSlice = (append: Append): boolean => append.topic === stockJournal && append.records[0]?.key !== null;

interface Both {
  readonly world: World;
  readonly stock: Running<never, never, never>;
}

/** Stock and orders, one process each, all partitions taken over. */
async function pipeline(partitions = 2): Promise<Both> {
  const world = new World(partitions);
  const stock = world.start('stock-a', counter) as never as Both['stock'];
  const orders = world.start('orders-a', echo);
  await ready(world, stock, orders);
  return { world, stock };
}

const ready = (
  world: World,
  ...running: readonly { readonly tasks: { notReady(): string | null } }[]
): Promise<void> =>
  world.clock.until('all ready', () => running.every(({ tasks }) => tasks.notReady() === null));

/** Every hold decided once and heard once, in books that are in order. */
function expectOnce(world: World, ids: readonly string[]): void {
  expect(decided(world)).toEqual(ids);
  expect(heard(world)).toEqual(ids);
  expect(disorder(world)).toEqual([]);
  expect(brokenChains(world)).toEqual([]);
}

test('decides each command once and each reply is heard once', async () => {
  const { world } = await pipeline(4);
  const ids = placeHolds(world, 300);
  await world.clock.advance(5_000);
  expectOnce(world, ids);
  expect(world.told('page')).toEqual([]);
});

test.each<AppendFault>(['answer-lost', 'request-lost', 'late', 'twice'])(
  'appends the very same bytes again when a journal append meets %s, and decides nothing twice',
  async (fault) => {
    const { world } = await pipeline();
    let slices = 0;
    const sent = new Map<string, Set<string>>();
    world.broker.faultOf = (append) => {
      if (!isSlice(append)) return null;
      const first = `${append.partition}: ${append.records[0]?.value.toString('hex')}`;
      sent.set(
        first,
        (sent.get(first) ?? new Set()).add(append.records.map(({ value }) => value.toString('hex')).join()),
      );
      slices += 1;
      return slices % 2 === 1 ? fault : null;
    };
    const ids = placeHolds(world, 200);
    await world.clock.advance(20_000);
    expectOnce(world, ids);
    expect(world.told('page')).toEqual([]);
    for (const versions of sent.values()) expect(versions.size).toBe(1);
    const voids = world.voidCount('stock', 0) + world.voidCount('stock', 1);
    if (fault === 'request-lost') expect(voids).toBe(0);
    else expect(voids).toBeGreaterThan(20);
  },
);

test.each<AppendFault>(['answer-lost', 'request-lost', 'late', 'twice'])(
  'sends messages again until acknowledged when a send meets %s, in order, and they take effect once',
  async (fault) => {
    const { world } = await pipeline();
    let sends = 0;
    world.broker.faultOf = ({ topic, records }) => {
      if (topic !== ordersInbox || !records[0]?.headers) return null;
      sends += 1;
      return sends % 2 === 1 ? fault : null;
    };
    const ids = placeHolds(world, 200);
    await world.clock.advance(20_000);
    expectOnce(world, ids);
    expect(world.told('page')).toEqual([]);
    expect(sends).toBeGreaterThan(8);
  },
);

test('never has two sends in flight for one target partition', async () => {
  const { world } = await pipeline();
  let last = '';
  let overtaken = 0;
  world.broker.faultOf = ({ topic, partition, records }) => {
    if (topic !== ordersInbox || partition !== 0) return null;
    const [first] = records;
    if (!first?.headers) return null;
    const isAgain = first.headers['source'] === last;
    if (!isAgain && last !== '') overtaken += 1;
    last = isAgain ? '' : (first.headers['source'] ?? '');
    return isAgain ? null : 'request-lost';
  };
  for (let i = 0; i < 10; i += 1) {
    for (let k = 0; k < 20; k += 1) placeHold(world, `h${i}-${k}`, skuOn(world, 0));
    await world.clock.advance(30);
  }
  await world.clock.advance(20_000);
  expect(overtaken).toBe(0);
  expect(heard(world).length).toBe(200);
});

test('sends nothing of a slice before its append was checked', async () => {
  const { world } = await pipeline();
  let appended = false;
  let early = 0;
  world.broker.faultOf = (append) => {
    if (isSlice(append)) return appended ? null : 'request-lost';
    if (append.topic === ordersInbox && append.records[0]?.headers && !appended) early += 1;
    return null;
  };
  placeHolds(world, 20);
  await world.clock.advance(3_000);
  expect([early, decided(world).length]).toEqual([0, 0]);
  appended = true;
  await world.clock.advance(5_000);
  expect(heard(world).length).toBe(20);
});

test('stamps routedThrough only when all messages up to it are acknowledged', async () => {
  const { world } = await pipeline();
  let open = false;
  world.broker.faultOf = ({ topic, records }) =>
    topic === ordersInbox && records[0]?.headers && !open ? 'request-lost' : null;
  placeHold(world, 'h1', skuOn(world, 0));
  await world.clock.advance(1_000);
  placeHold(world, 'h2', skuOn(world, 0));
  await world.clock.advance(1_000);
  const seqs = world.valid('stock', 0).filter(({ body }) => body.type === 'HoldPlaced');
  expect(seqs.map(({ routedThrough, seq }) => routedThrough < (seqs[0]?.seq ?? seq))).toEqual([true, true]);
  open = true;
  await world.clock.advance(5_000);
  placeHold(world, 'h3', skuOn(world, 0));
  await world.clock.advance(1_000);
  expect(
    world.valid('stock', 0).findLast(({ body }) => body.type === 'HoldPlaced')?.routedThrough,
  ).toBeGreaterThanOrEqual(seqs[1]?.seq ?? Infinity);
});

test('stops the partition and pages when the log refuses an append; the other partition goes on', async () => {
  const { world, stock } = await pipeline();
  world.broker.faultOf = (append) => (isSlice(append) && append.partition === 0 ? 'refused' : null);
  placeHolds(world, 40);
  await world.clock.advance(5_000);
  expect(world.told('page')).toMatchObject([['stock-a', 'page', 0, { kind: 'append-refused' }]]);
  expect(stock.tasks.states()).toEqual(
    new Map([
      [0, 'stopped'],
      [1, 'running'],
    ]),
  );
  expect(stock.tasks.notReady()).toBe('0 stopped');
  expect(world.valid('stock', 1).length).toBeGreaterThan(5);
});

test('stops the partition and pages when the journal gives an offset below the one it had reached', async () => {
  const { world, stock } = await pipeline();
  placeHolds(world, 40);
  await world.clock.advance(5_000);
  const at = { topic: stockJournal, partition: 0 };
  world.broker.loseTail(at, world.broker.rangeOf(at).end - 3n);
  const heardBefore = heard(world).length;
  placeHold(world, 'late', skuOn(world, 0));
  await world.clock.advance(3_000);
  expect(world.told('page')).toMatchObject([['stock-a', 'page', 0, { kind: 'journal-short' }]]);
  expect(stock.tasks.states().get(0)).toBe('stopped');
  expect(heard(world).length).toBe(heardBefore);
});

/** Stock once the bug of the reason `throw` is mended. */
const mended: typeof counter = {
  ...counter,
  decide: (state, { body, ...command }, atMs) =>
    counter.decide(
      state,
      { ...command, body: body.type === 'ReceiveStock' ? { ...body, reason: 'r' } : body },
      atMs,
    ),
};

const bugOf = (sku: string) => ({ type: 'ReceiveStock', sku, quantity: 1, reason: 'throw' });
const redriveOf = (sku: string) => ({
  type: 'Redrive',
  key: `s/${sku}`,
  dryRun: false,
  by: 'ops',
  reason: 'r',
});

test('parks the aggregate of a decision that throws; the others go on, the next release redrives it in order', async () => {
  const { world, stock } = await pipeline();
  const sku = skuOn(world, 0);
  placeHold(world, 'before', sku);
  world.command('stock', `s/${sku}`, { body: bugOf(sku) });
  placeHold(world, 'after-1', sku);
  placeHold(world, 'after-2', sku);
  placeHold(world, 'elsewhere', skuOn(world, 1));
  await world.clock.advance(5_000);
  expect(heard(world)).toEqual(['before', 'elsewhere']);
  expect(world.told('page')).toEqual([]);

  stock.process.kill();
  world.start('stock-b', mended);
  await world.clock.advance(20_000);
  world.command('stock', `s/${sku}`, { body: redriveOf(sku) });
  placeHold(world, 'last', sku);
  await world.clock.advance(5_000);
  const types = world.valid('stock', 0).map(({ body }) => body.type);
  expect(types.filter((type) => type !== 'TimePassed')).toEqual([
    'HoldPlaced',
    'CommandParked',
    'CommandParked',
    'CommandParked',
    'CommandRedriven',
    'StockReceived',
    'CommandRedriven',
    'HoldPlaced',
    'CommandRedriven',
    'HoldPlaced',
    'RedriveAnswered',
    'HoldPlaced',
  ]);
  expect(heard(world)).toEqual(['after-1', 'after-2', 'before', 'elsewhere', 'last']);
  expect([disorder(world), brokenChains(world)]).toEqual([[], []]);
});

test('folds the partition anew before it redrives what it saw throw, and loses nothing on the way', async () => {
  const world = new World();
  let isMended = false;
  const domain: typeof counter = {
    ...counter,
    decide(state, command, atMs) {
      if (isMended) return mended.decide(state, command, atMs);
      if (state && 'reason' in command.body) state.onHand = 1_000_000;
      return counter.decide(state, command, atMs);
    },
  };
  world.start('orders-a', echo);
  const stock = world.start('stock-a', domain);
  await world.clock.advance(5_000);
  const sku = skuOn(world, 0);
  placeHold(world, 'before', sku);
  world.command('stock', `s/${sku}`, { body: bugOf(sku) });
  await world.clock.advance(2_000);
  isMended = true;
  const takeOvers = world.told('tookOver').length;
  world.command('stock', `s/${sku}`, { body: redriveOf(sku) });
  placeHold(world, 'after', sku);
  placeHolds(world, 30);
  await world.clock.advance(10_000);
  expect(world.told('tookOver').length).toBe(takeOvers + 1);
  expect(stock.tasks.states().get(0)).toBe('running');
  expect(heard(world)).toContain('after');
  expect(heard(world).length).toBe(32);
  expect([disorder(world), brokenChains(world)]).toEqual([[], []]);
});

test('has the bytes of an unreadable record acknowledged before the event that names them', async () => {
  const { world } = await pipeline();
  const at = { topic: quarantineOf('stock'), partition: 0 };
  let orderKept = true;
  let sends = 0;
  world.broker.faultOf = (append) => {
    if (append.topic === at.topic) {
      sends += 1;
      return sends < 4 ? 'request-lost' : null;
    }
    const quarantined =
      append.topic === stockJournal && append.records.some(({ value }) => value.includes('bad-magic'));
    if (quarantined && world.broker.all(at).length === 0) orderKept = false;
    return null;
  };
  world.broker.appendRaw(
    { topic: inboxOf('stock'), partition: 0 },
    { key: Buffer.from('k'), value: Buffer.from('x-poison') },
  );
  await world.clock.advance(10_000);
  expect(orderKept).toBe(true);
  expect(
    world.broker.all(at).map(({ key, value }) => [key?.toString().split(':')[0], value?.toString()]),
  ).toEqual([['stock.commands.v1/0', 'x-poison']]);
  expect(world.valid('stock', 0).filter(({ body }) => body.type === 'CommandQuarantined').length).toBe(1);
});

test('waits through a registry outage and quarantines nothing; goes on when the schema is learned or disowned', async () => {
  const { world, stock } = await pipeline();
  const value = Buffer.from([0, 0, 0, 0, 99, 1, 2]);
  world.broker.appendRaw({ topic: inboxOf('stock'), partition: 0 }, { key: Buffer.from('k'), value });
  placeHold(world, 'behind', skuOn(world, 0));
  placeHold(world, 'beside', skuOn(world, 1));
  await world.clock.advance(20_000);
  expect(stock.tasks.states()).toEqual(
    new Map([
      [0, 'waiting'],
      [1, 'running'],
    ]),
  );
  expect(heard(world)).toEqual(['beside']);
  expect(world.told('waiting').length).toBeGreaterThan(10);
  world.learnWriter = () => ({ is: 'poison', reason: 'unknown-schema' });
  await world.clock.advance(5_000);
  expect(heard(world)).toEqual(['behind', 'beside']);
  const quarantined = world.valid('stock', 0).filter(({ body }) => body.type === 'CommandQuarantined');
  expect(quarantined.map(({ body }) => body['reason'])).toEqual(['unknown-schema']);
});

test('stops and pages on an append time more than 5 minutes ahead, and goes on when its clock has caught up', async () => {
  const { world, stock } = await pipeline();
  world.broker.clockLeadMs = 8 * 60_000;
  placeHold(world, 'jumped', skuOn(world, 0));
  world.broker.clockLeadMs = 0;
  await world.clock.advance(60_000);
  expect(world.told('page')).toMatchObject([['stock-a', 'page', 0, { kind: 'clock-jump' }]]);
  expect(stock.tasks.states().get(0)).toBe('waiting');
  expect(decided(world)).toEqual([]);
  await world.clock.advance(3 * 60_000);
  expect(heard(world)).toEqual(['jumped']);
  expect(disorder(world)).toEqual([]);
});

test('takes a lead of less than 5 minutes as it is', async () => {
  const { world } = await pipeline();
  world.broker.clockLeadMs = 4 * 60_000;
  placeHold(world, 'ahead', skuOn(world, 0));
  await world.clock.advance(2_000);
  expect(heard(world)).toEqual(['ahead']);
});

test('asks for a pause when its queue is full, and decides everything in the end', async () => {
  const { world, stock } = await pipeline();
  let open = false;
  let delivered = 0;
  const { tasks } = stock;
  const onRecords = tasks.onRecords.bind(tasks);
  tasks.onRecords = (at, records) => {
    delivered += records.length;
    onRecords(at, records);
  };
  world.broker.faultOf = (append) => (isSlice(append) && !open ? 'request-lost' : null);
  const ids = placeHolds(world, 2_000);
  await world.clock.advance(3_000);
  // Two partitions: a slice in flight, a full queue, and the fetch that filled it.
  expect(delivered).toBeLessThan(2 * (20 + 200 + 100));
  open = true;
  await world.clock.advance(30_000);
  expectOnce(world, ids);
  expect(delivered).toBeGreaterThan(2_000);
});

test('begins no new slice while too many messages are on their way', async () => {
  const { world } = await pipeline();
  let open = false;
  world.broker.faultOf = ({ topic, records }) =>
    topic === ordersInbox && records[0]?.headers && !open ? 'request-lost' : null;
  const ids = placeHolds(world, 3_000);
  await world.clock.advance(5_000);
  expect(decided(world).length).toBeLessThan(1_200);
  open = true;
  await world.clock.advance(30_000);
  expectOnce(world, ids);
});

test('stops when what is in flight is checked and its messages are acknowledged', async () => {
  const { world, stock } = await pipeline();
  const ids = placeHolds(world, 100);
  await world.clock.advance(4);
  let stopped = false;
  void stock.tasks.stop(5_000).then(() => {
    stopped = true;
  });
  await world.clock.until('stopped', () => stopped);
  await world.clock.advance(1_000);
  expect(decided(world).length).toBeGreaterThan(0);
  expect(decided(world).length).toBeLessThan(100);
  expect(heard(world)).toEqual(decided(world));
  const next = world.start('stock-b', counter);
  await ready(world, next);
  await world.clock.advance(5_000);
  expectOnce(world, ids);
});

test('sends nothing more for a partition that was taken from it', async () => {
  const { world } = await pipeline();
  let taken = false;
  let sentAfter = 0;
  world.broker.faultOf = ({ topic, records }, client) => {
    if (topic !== ordersInbox || client !== 'stock-a') return null;
    if (taken && records.some(({ headers }) => headers?.['source']?.startsWith('stock/1 '))) sentAfter += 1;
    return taken ? null : 'request-lost';
  };
  const ids = placeHolds(world, 60);
  await world.clock.advance(1_000);
  const next = world.start('stock-b', counter);
  await ready(world, next);
  taken = true;
  await world.clock.advance(10_000);
  expectOnce(world, ids);
  expect(sentAfter).toBe(0);
});

test('joins again when a rebalance begins and no assignment comes of it', async () => {
  const { world, stock } = await pipeline();
  stock.tasks.onRevoking();
  const ids = placeHolds(world, 40);
  await world.clock.advance(20_000);
  expect(stock.tasks.notReady()).toBe('0 quiescing, 1 quiescing');
  await world.clock.advance(20_000);
  expect(stock.tasks.notReady()).toBeNull();
  expectOnce(world, ids);
});

test('ends its tasks and tells of it when the member cannot go on; a fault of one partition stops that one', async () => {
  const { world, stock } = await pipeline();
  stock.tasks.onFatal(new LogFault({ topic: inboxOf('stock'), partition: 1 }, 'offset 9 is gone'));
  expect(stock.tasks.notReady()).toBe('1 stopped');
  expect(world.told('page')).toMatchObject([['stock-a', 'page', 1, { kind: 'inbox-jump' }]]);
  stock.tasks.onFatal(new Error('a crash'));
  expect(stock.tasks.notReady()).toBe('a crash');
  expect(world.told('crashed').length).toBe(1);
});
