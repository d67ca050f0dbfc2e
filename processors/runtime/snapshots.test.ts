import { expect, test } from 'vitest';
import { decodeManifest } from '../../schemas/snapshot-manifest.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { Append } from '../../infra/clients/log.ts';
import { placeHold, placeHolds, skuOn } from './testing/commands.ts';
import { foldBooks, manifestsOf } from './testing/snapshot-books.ts';
import { counter } from './testing/tiny-processors.ts';
import { World } from './testing/world.ts';
import {
  snapshots,
  stockJournal,
  ready,
  start,
  tookOver,
  told,
  expectGoesOn,
  expectOnce,
  startNext,
  manifestAt,
} from './testing/snapshot-world.ts';

test('takes one every so many events, and the next owner reads the events after it alone', async () => {
  const { world, a } = await start(50);
  const ids = placeHolds(world, 230);
  await world.clock.advance(3_000);
  expect(told(world, 'a', 'taken').length).toBeGreaterThanOrEqual(3);
  a.process.kill();
  const journal = world.broker.rangeOf(stockJournal).end;
  await startNext(world);
  const took = tookOver(world, 'b');
  expect(took.fromSeq).toBeGreaterThan(150);
  expect(took.recordsRead).toBeLessThan(80);
  expect(Number(journal)).toBeGreaterThan(230);
  await expectGoesOn(world, ids, 30);
});

test('a clean stop takes one of all there is; the next owner reads its own Barrier and nothing else', async () => {
  const { world, a } = await start(1_000_000);
  const ids = placeHolds(world, 40);
  await world.clock.advance(2_000);
  void a.tasks.stop(5_000);
  await world.clock.advance(3_000);
  expect(told(world, 'a', 'taken')).toHaveLength(1);
  await startNext(world);
  expect(tookOver(world, 'b').recordsRead).toBe(1);
  await expectGoesOn(world, ids, 10);
});

test('with 0 none is taken', async () => {
  const { world, a } = await start(0);
  placeHolds(world, 100);
  await world.clock.advance(2_000);
  void a.tasks.stop(5_000);
  await world.clock.advance(3_000);
  expect(world.broker.all(snapshots)).toEqual([]);
});

test('the two slots take turns, and each names the one before it', async () => {
  const { world } = await start(30);
  for (let i = 0; i < 6; i += 1) {
    placeHolds(world, 40, `r${i}-`);
    await world.clock.advance(1_500);
  }
  const records = world.broker.all(snapshots);
  const manifests = records.flatMap(({ offset, value }) => {
    const manifest = value && decodeManifest(value);
    return manifest ? [{ ...manifest, offset: Number(offset) }] : [];
  });
  expect(manifests.length).toBeGreaterThanOrEqual(5);
  manifests.forEach((manifest, i) => {
    expect(manifest.slot).toBe(i % 2);
    expect(manifest.previous).toBe(manifests[i - 1]?.offset ?? null);
    expect(records.find(({ offset }) => Number(offset) === manifest.offset)?.key?.toString()).toBe(
      `${i % 2}/manifest`,
    );
  });
});

test('a manifest comes after the messages of its last event are acknowledged, not before', async () => {
  const { world } = await start(20);
  const isReply = ({ topic, records }: Append): boolean =>
    topic === inboxOf('orders') && records[0]?.headers !== undefined;
  let isHeld = true;
  world.broker.faultOf = (append) => (isHeld && isReply(append) ? 'request-lost' : null);
  const ids = placeHolds(world, 60);
  await world.clock.advance(4_000);
  expect(world.broker.all(snapshots).length).toBeGreaterThan(0);
  expect(manifestsOf(world, 'stock', 0)).toEqual([]);
  isHeld = false;
  await world.clock.advance(5_000);
  expect(manifestsOf(world, 'stock', 0).length).toBeGreaterThan(0);
  expectOnce(world, ids);
});

test('an event whose append is not checked yet is in no snapshot', async () => {
  const { world, a } = await start(1);
  // while slices are decided far ahead of their append, each snapshot must end where the journal did
  world.broker.faultOf = ({ topic }) => (topic === stockJournal.topic ? 'late' : null);
  world.broker.lateMs = 40;
  placeHolds(world, 30);
  await world.clock.advance(3_000);
  world.broker.faultOf = () => null;
  await world.clock.advance(3_000);
  const valid = world.valid('stock', 0);
  const positions = world.broker.all(snapshots).flatMap(({ value }) => {
    const manifest = value && decodeManifest(value);
    return manifest ? [manifest.position] : [];
  });
  expect(positions.length).toBeGreaterThan(3);
  for (const { offset, seq, writer } of positions) {
    expect(valid.find((event) => event.seq === seq)).toMatchObject({ offset: BigInt(offset), writer });
  }
  expect(a.tasks.notReady()).toBeNull();
});

test('a snapshot that cannot be written is given up, and the partition works on', async () => {
  const { world, a } = await start(50);
  world.broker.faultOf = ({ topic }) => (topic === snapshots.topic ? 'refused' : null);
  const ids = placeHolds(world, 240);
  await world.clock.advance(3_000);
  expect(told(world, 'a', 'taken')).toEqual([]);
  const failed = told(world, 'a', 'failed').length;
  expect(failed).toBeGreaterThanOrEqual(2);
  expect(failed, 'one try in 50 events, not one a slice').toBeLessThanOrEqual(6);
  expect(a.tasks.notReady()).toBeNull();
  expectOnce(world, ids);
});

test('the fold from any snapshot is the fold of the journal', async () => {
  const { world } = await start(25);
  for (let i = 0; i < 10; i += 1) {
    placeHolds(world, 20, `r${i}-`);
    await world.clock.advance(400);
  }
  const whole = await foldBooks(world, counter, 0, 0n);
  expect(whole.fromSeq).toBe(0);
  const manifests = manifestsOf(world, 'stock', 0);
  expect(manifests.length).toBeGreaterThan(4);
  for (const offset of manifests) {
    const folded = await foldBooks(world, counter, 0, offset + 1n);
    expect(folded.fromSeq).toBe(manifestAt(world, offset).position.seq);
    expect(folded.state).toEqual(whole.state);
  }
});

test('parked commands are in a snapshot, in their order, and a Redrive after it decides them', async () => {
  const { world, a } = await start(1_000_000);
  const sku = skuOn(world, 0);
  const receive = (reason: string, commandId: string): bigint =>
    world.command('stock', `s/${sku}`, {
      commandId,
      body: { type: 'ReceiveStock', sku, quantity: 1, reason } as never,
    });
  receive('throw', 'c-0');
  for (let i = 1; i < 4; i += 1) receive('r', `c-${i}`);
  await world.clock.advance(1_000);
  // a half moved aggregate is in memory until the partition is folded anew, and in no snapshot
  void a.tasks.stop(5_000);
  await world.clock.advance(3_000);
  expect(told(world, 'a', 'taken')).toEqual([]);
  const b = await startNext(world);
  await world.clock.advance(2_000);
  void b.tasks.stop(5_000);
  await world.clock.advance(3_000);
  expect(told(world, 'b', 'taken')).toHaveLength(1);
  const whole = await foldBooks(world, counter, 0, 0n);
  const folded = await foldBooks(world, counter, 0, world.broker.rangeOf(snapshots).end);
  expect(folded.fromSeq).toBeGreaterThan(0);
  expect(folded.state).toEqual(whole.state);
  const { parked } = folded.state as { parked: [key: string, commands: [offset: number][]][] };
  expect(parked.map(([key, commands]) => [key, commands.length])).toEqual([[`s/${sku}`, 4]]);
  // the bug is mended in the next release
  const mended: typeof counter = {
    ...counter,
    decide: (state, command, atMs) =>
      command.body.type === 'ReceiveStock'
        ? counter.decide(state, { ...command, body: { ...command.body, reason: 'r' } }, atMs)
        : counter.decide(state, command, atMs),
  };
  const c = world.start('c', mended);
  await ready(world, c);
  expect(tookOver(world, 'c').fromSeq).toBeGreaterThan(0);
  const redrive = { type: 'Redrive', key: `s/${sku}`, dryRun: false, by: 'ops', reason: 'mended' };
  world.command('stock', `s/${sku}`, { body: redrive });
  await world.clock.advance(1_000);
  const received = world.valid('stock', 0).filter(({ body }) => body.type === 'StockReceived');
  expect(received.map(({ body }) => body['commandId'])).toEqual(['c-0', 'c-1', 'c-2', 'c-3']);
  expect(world.told('page')).toEqual([]);
});

test('partitions take turns: a busy one keeps no other from its snapshot', async () => {
  const world = new World(3);
  world.snapshotEvents = 1;
  const a = world.start('a', counter);
  await ready(world, a);
  for (let i = 0; i < 40; i += 1) {
    placeHold(world, `h${i}`, skuOn(world, 0));
    await world.clock.advance(25);
  }
  await world.clock.advance(4_000);
  for (const partition of [0, 1, 2]) {
    expect(manifestsOf(world, 'stock', partition).length, `partition ${partition}`).toBeGreaterThan(0);
  }
});
