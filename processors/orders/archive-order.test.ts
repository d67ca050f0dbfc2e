import { describe, expect, test } from 'vitest';
import { journalOf, snapshotsOf } from '../../schemas/topic-catalogue.ts';
import { archivedTransitions } from '../../schemas/order-transitions.ts';
import { foldBooks } from '../runtime/testing/snapshot-books.ts';
import { World } from '../runtime/testing/world.ts';
import { archivedOrder } from './order.ts';
import { archiveAfterMs } from './order-due.ts';
import { eventsTo, piecesConfirmed, variants } from './testing/order-states.ts';
import {
  commandOf,
  factsOf,
  given,
  hintOf,
  lineCommand,
  orderId,
  orders,
  outcomeOf,
  placedIn,
  placeOrderOf,
  refusedOf,
  replyOf,
  resolveOf,
  run,
  settlementOf,
  startMs,
  store,
} from './testing/orders-fixture.ts';

const [variant = { skus: ['A'], unitMinor: 500 }] = variants;
const orderIn = (state: 'Holding' | 'Confirmed' | 'Closed') => given(eventsTo(state, variant) ?? []);

test.each(['Confirmed', 'Closed'] as const)(
  'an order that is %s leaves 400 days after it came to rest',
  (state) => {
    const order = orderIn(state);
    const restedAtMs = order?.restedAtMs ?? 0;
    expect(restedAtMs).toBeGreaterThan(startMs);
    expect(order && orders.dueAtMs(order)).toBe(restedAtMs + archiveAfterMs);
    const [archived, ...more] = order ? orders.due(order, restedAtMs + archiveAfterMs) : [];
    expect([archived, more]).toEqual([
      { type: 'OrderArchived', store, orderId, as: state, atRestSinceMs: restedAtMs },
      [],
    ]);
    expect(archived && orders.evolve(order, archived, 0)).toBe(archivedOrder);
  },
);

test('an order at rest stays known while a return is open', () => {
  const order = given(
    run([
      ...piecesConfirmed(),
      lineCommand({ type: 'RecordShipment', lines: [], carrier: null, trackingRef: null }),
      lineCommand({ type: 'RequestReturn', returnId: 'r', lines: [], reason: '', claimedAtMs: null }),
    ]),
  );
  const dueMs = order ? orders.dueAtMs(order) : 0;
  expect(dueMs).toBeLessThan(startMs + archiveAfterMs);
  const [lapsed] = order ? orders.due(order, dueMs) : [];
  expect(lapsed?.type).toBe('ReturnLapsed');
  const after = lapsed && placedIn(orders.evolve(order, lapsed, dueMs));
  expect(after && orders.dueAtMs(after)).toBe((after?.restedAtMs ?? 0) + archiveAfterMs);
});

describe('an archived order', () => {
  const claimedAtMs = null;
  const commands = {
    PlaceOrder: commandOf(placeOrderOf([{ sku: 'A' }])),
    HoldPlaced: commandOf(replyOf('HoldPlaced', 'A')),
    HoldRefused: commandOf(refusedOf('A')),
    HoldReleased: commandOf(replyOf('HoldReleased', 'A')),
    HoldCommitted: commandOf(replyOf('HoldCommitted', 'A')),
    CommitReversed: commandOf(replyOf('CommitReversed', 'A')),
    ReportOutcome: commandOf(outcomeOf('authorize')),
    ReportFacts: commandOf(factsOf({})),
    ProviderHint: commandOf(hintOf()),
    SettlementLine: commandOf(settlementOf()),
    ResolvePayment: commandOf(resolveOf()),
    CancelOrder: commandOf({ type: 'CancelOrder', orderId, reason: '' }),
    CancelLines: lineCommand({ type: 'CancelLines', lines: [{ line: 1, quantity: 1 }], reason: '' }),
    RecordShipment: lineCommand({ type: 'RecordShipment', lines: [], carrier: null, trackingRef: null }),
    RecordDelivery: lineCommand({ type: 'RecordDelivery', lines: [] }),
    RequestReturn: lineCommand({ type: 'RequestReturn', returnId: 'r', lines: [], reason: '', claimedAtMs }),
    ReceiveReturn: lineCommand({
      type: 'ReceiveReturn',
      returnId: 'r',
      lines: [],
      sellable: true,
      condition: null,
      claimedAtMs,
    }),
    RequestRefund: lineCommand({
      type: 'RequestRefund',
      refundId: 'f',
      lines: [],
      amountMinor: null,
      currency: null,
      reason: '',
      claimedAtMs,
    }),
  } as const;

  test.each(Object.entries(archivedTransitions))('does with a %s what its cell says', (row, cell) => {
    const command = commands[row as keyof typeof commands];
    expect(orders.check(archivedOrder, command)).toBeNull();
    const events = orders.decide(archivedOrder, command, startMs);
    const type = cell.is === 'refuse' ? 'CommandRefused' : 'AnomalyRecorded';
    expect(events).toMatchObject([{ type, reason: 'archived', key: orderId }]);
    for (const event of events) expect(orders.evolve(archivedOrder, event, startMs)).toBe(archivedOrder);
  });

  test('is not opened again by an event of its past', () => {
    const past = eventsTo('Closed', variant) ?? [];
    expect(past.length).toBeGreaterThan(1);
    for (const event of past) {
      expect(() => orders.evolve(archivedOrder, event, startMs)).toThrow('archived');
    }
  });
});

test('through the runtime: archived at a Tick, a hash in the snapshot, refused after the next take-over', async () => {
  const world = new World(1);
  world.snapshotEvents = 1_000_000;
  const a = world.start('a', orders);
  await world.clock.until('a owns', () => a.tasks.notReady() === null);
  const place = { store, fingerprint: 'k1.aa', body: placeOrderOf([{ sku: 'A' }]) };
  world.command('orders', orderId, place);
  world.command('orders', orderId, { store, body: refusedOf('A') });
  await world.clock.advance(2_000);
  world.broker.clockLeadMs = archiveAfterMs - 60_000;
  a.process.clockLeadMs = archiveAfterMs - 60_000;
  await world.clock.advance(30_000);
  const typesOf = (): string[] => world.valid('orders', 0).map(({ body }) => body.type);
  expect(typesOf()).not.toContain('OrderArchived');
  await world.clock.advance(60_000);
  expect(typesOf().filter((type) => type === 'OrderArchived')).toHaveLength(1);
  void a.tasks.stop(5_000);
  await world.clock.advance(6_000);
  const snapshots = { topic: snapshotsOf('orders'), partition: 0 };
  const whole = await foldBooks(world, orders, 0, 0n);
  const folded = await foldBooks(world, orders, 0, world.broker.rangeOf(snapshots).end);
  expect(folded.fromSeq).toBeGreaterThan(0);
  expect(folded.state).toEqual(whole.state);
  expect(folded.state).toMatchObject({ aggregates: [], archived: 1 });
  const b = world.start('b', orders);
  b.process.clockLeadMs = archiveAfterMs;
  await world.clock.until('b owns', () => b.tasks.notReady() === null);
  world.command('orders', orderId, { ...place, fingerprint: 'k1.bb' });
  world.command('orders', orderId, { store, body: outcomeOf('authorize') });
  await world.clock.advance(2_000);
  const notes = world
    .valid('orders', 0)
    .filter(({ body }) => 'reason' in body && body['reason'] === 'archived');
  expect(notes.map(({ body }) => body.type)).toEqual(['CommandRefused', 'AnomalyRecorded']);
  expect(world.told('page')).toEqual([]);
  expect(world.broker.all({ topic: journalOf('orders'), partition: 0 }).length).toBeGreaterThan(5);
});
