import { expect, test, vi } from 'vitest';
import { encodeManifest } from '../../schemas/snapshot-manifest.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import { placeHold, placeHolds, skuOn } from './testing/commands.ts';
import { manifestsOf } from './testing/snapshot-books.ts';
import { counter } from './testing/tiny-processors.ts';
import type { World } from './testing/world.ts';
import {
  snapshots,
  stockJournal,
  start,
  tookOver,
  told,
  expectGoesOn,
  expectOnce,
  startNext,
  manifestAt,
} from './testing/snapshot-world.ts';

/** Books with more than two complete snapshots; the owner is dead. */
async function withTwoSnapshots() {
  const { world, a } = await start(50);
  const ids = placeHolds(world, 200);
  await world.clock.advance(3_000);
  a.process.kill();
  const manifests = manifestsOf(world, 'stock', 0);
  const newest = manifests.at(-1) ?? 0n;
  const other = manifests.at(-2) ?? 0n;
  const seqAt = (offset: bigint): number => manifestAt(world, offset).position.seq;
  return { world, ids, newest, other, newestSeq: seqAt(newest), otherSeq: seqAt(other) };
}

const flipByte = (value: Buffer): Buffer => {
  const changed = Buffer.from(value);
  changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1;
  return changed;
};

const chunkOf = (world: World, manifest: bigint): bigint =>
  BigInt(manifestAt(world, manifest).chunks[0]?.offset ?? -1);

type Spoil = (world: World, manifest: bigint) => void;

const spoils: Readonly<Record<string, Spoil>> = {
  'a chunk with a changed byte': (world, manifest) =>
    world.broker.overwrite(snapshots, chunkOf(world, manifest), flipByte),
  'a chunk cut short': (world, manifest) =>
    world.broker.overwrite(snapshots, chunkOf(world, manifest), (value) => value.subarray(0, -1)),
  'a chunk of another snapshot': (world, manifest) => {
    const [oldest = 0n] = manifestsOf(world, 'stock', 0);
    const foreign = world.broker
      .all(snapshots)
      .find(({ offset }) => offset === chunkOf(world, oldest))?.value;
    world.broker.overwrite(snapshots, chunkOf(world, manifest), () => foreign ?? Buffer.alloc(0));
  },
  'a manifest with a changed byte': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, flipByte),
  'a manifest cut short': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, (value) => value.subarray(0, 20)),
  'another version': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, () =>
      encodeManifest({ ...manifestAt(world, manifest), version: 'tiny-2' }),
    ),
  'another partition': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, () =>
      encodeManifest({ ...manifestAt(world, manifest), of: 'stock/0 of 2' }),
    ),
  'another writer at its position': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, () => {
      const known = manifestAt(world, manifest);
      return encodeManifest({ ...known, position: { ...known.position, writer: 'somebody' } });
    }),
  'another event at its position': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, () => {
      const known = manifestAt(world, manifest);
      return encodeManifest({ ...known, position: { ...known.position, offset: known.position.offset - 1 } });
    }),
  'a count that is not true': (world, manifest) =>
    world.broker.overwrite(snapshots, manifest, () => {
      const known = manifestAt(world, manifest);
      return encodeManifest({ ...known, entries: known.entries + 1 });
    }),
};

test.each(Object.entries(spoils))('%s: the other slot serves', async (_, spoil) => {
  const { world, ids, newest, otherSeq } = await withTwoSnapshots();
  spoil(world, newest);
  await startNext(world);
  expect(told(world, 'b', 'unusable').length).toBeGreaterThan(0);
  expect(tookOver(world, 'b').fromSeq).toBe(otherSeq);
  await expectGoesOn(world, ids, 20);
});

test.each(Object.entries(spoils))('%s, in both slots: the journal serves', async (_, spoil) => {
  const { world, ids, newest, other } = await withTwoSnapshots();
  spoil(world, newest);
  spoil(world, other);
  // what is left of older snapshots in the slots
  for (const older of manifestsOf(world, 'stock', 0)) {
    if (older !== newest && older !== other) world.broker.overwrite(snapshots, older, flipByte);
  }
  await startNext(world);
  const took = tookOver(world, 'b');
  expect(took.fromSeq).toBe(0);
  expect(took.recordsRead).toBe(Number(world.broker.rangeOf(stockJournal).end));
  await expectGoesOn(world, ids, 20);
});

test('chunks without a manifest are nothing: a kill in mid-snapshot leaves the one before it', async () => {
  const { world, a } = await start(50);
  const ids = placeHolds(world, 60);
  await world.clock.advance(2_000);
  const [first] = manifestsOf(world, 'stock', 0);
  world.broker.faultOf = ({ topic, records }, client) => {
    if (client !== 'a' || topic !== snapshots.topic || !records[0]?.key?.endsWith('manifest')) return null;
    a.process.kill();
    return 'request-lost';
  };
  ids.push(...placeHolds(world, 60, 'i'));
  await world.clock.advance(2_000);
  expect(a.process.isKilled).toBe(true);
  expect(world.broker.rangeOf(snapshots).end).toBeGreaterThan((first ?? 0n) + 1n);
  await startNext(world);
  expect(tookOver(world, 'b').fromSeq).toBe(manifestAt(world, first ?? 0n).position.seq);
  expect(told(world, 'b', 'unusable')).toEqual([]);
  await world.clock.advance(3_000);
  expectOnce(world, ids);
});

test('an owner never writes into the slot it began from: a kill in mid-snapshot leaves that one whole', async () => {
  const { world, ids, newest } = await withTwoSnapshots();
  const { slot } = manifestAt(world, newest);
  const b = await startNext(world);
  const before = world.broker.rangeOf(snapshots).end;
  ids.push(...placeHolds(world, 60, 'i'));
  await world.clock.advance(2_000);
  b.process.kill();
  const keys = world.broker
    .all(snapshots)
    .filter(({ offset }) => offset >= before)
    .map(({ key }) => key?.toString() ?? '');
  expect(keys.length).toBeGreaterThan(1);
  const firstManifest = keys.findIndex((key) => key.endsWith('manifest'));
  expect(firstManifest).toBeGreaterThan(-1);
  for (const key of keys.slice(0, firstManifest + 1)) expect(key.startsWith(`${slot}/`)).toBe(false);
  world.broker.compact(snapshots);
  await startNext(world, 'c');
  expect(tookOver(world, 'c').fromSeq).toBeGreaterThan(0);
  expectOnce(world, ids);
});

test('a zombie spoils one slot, in the middle of a snapshot; the other serves, and after it the newest again', async () => {
  const { world, a } = await start(50);
  const ids = placeHolds(world, 60);
  await world.clock.advance(2_000);
  const [known = 0n] = manifestsOf(world, 'stock', 0);
  // asleep behind the first chunk of its second snapshot, in the slot that b will write into
  world.broker.faultOf = ({ topic }, client) => {
    if (client === 'a' && topic === snapshots.topic) a.process.freeze();
    return null;
  };
  ids.push(...placeHolds(world, 60, 'i'));
  await world.clock.advance(2_000);
  const b = await startNext(world);
  expect(tookOver(world, 'b').fromSeq).toBe(manifestAt(world, known).position.seq);
  ids.push(...placeHolds(world, 60, 'j'));
  await world.clock.advance(2_000);
  const written = manifestsOf(world, 'stock', 0).at(-1) ?? 0n;
  expect(written).toBeGreaterThan(known);
  world.broker.faultOf = () => null;
  a.process.thaw();
  await world.clock.advance(200);
  const records = world.broker.all(snapshots);
  const late = records.filter(({ offset }) => offset > written).map(({ key }) => key?.toString());
  expect(late.length, 'the zombie wrote on').toBeGreaterThan(0);
  const spoiled = manifestAt(world, written).slot;
  expect(late.every((key) => key?.startsWith(`${spoiled}/`))).toBe(true);
  world.broker.compact(snapshots);
  a.process.kill();
  b.process.kill();
  await startNext(world, 'c');
  expect(tookOver(world, 'c').fromSeq).toBeGreaterThan(0);
  ids.push(...placeHolds(world, 60, 'k'));
  await world.clock.advance(4_000);
  expectOnce(world, ids);
});

test('a compacted topic: what a slot held before is gone, both newest are found', async () => {
  const { world, a } = await start(30);
  const ids: string[] = [];
  for (let i = 0; i < 8; i += 1) {
    ids.push(...placeHolds(world, 40, `r${i}-`));
    await world.clock.advance(1_000);
  }
  a.process.kill();
  world.broker.compact(snapshots);
  const manifests = manifestsOf(world, 'stock', 0);
  expect(manifests).toHaveLength(2);
  world.broker.overwrite(snapshots, manifests[1] ?? 0n, flipByte);
  await startNext(world);
  expect(tookOver(world, 'b').fromSeq).toBe(manifestAt(world, manifests[0] ?? 0n).position.seq);
  expectOnce(world, ids);
});

test('a copy of a chunk that comes late, after the manifest, hides nothing', async () => {
  const { world, a } = await start(50);
  world.broker.lateMs = 1_500;
  let isFirst = true;
  world.broker.faultOf = ({ topic }) => {
    if (topic !== snapshots.topic || !isFirst) return null;
    isFirst = false;
    return 'late';
  };
  const ids = placeHolds(world, 60);
  await world.clock.advance(3_000);
  const [manifest = 0n] = manifestsOf(world, 'stock', 0);
  expect(world.broker.rangeOf(snapshots).end).toBeGreaterThan(manifest + 1n);
  a.process.kill();
  await startNext(world);
  expect(tookOver(world, 'b').fromSeq).toBe(manifestAt(world, manifest).position.seq);
  expectOnce(world, ids);
});

test('the last records lead to the newest manifest, however many chunks a killed owner left behind it', async () => {
  const { world, newest, newestSeq } = await withTwoSnapshots();
  for (let i = 0; i < 12; i += 1) {
    const headers = [['previous', Buffer.from(String(newest))]] as const;
    world.broker.appendRaw(snapshots, { key: Buffer.from(`9/${i}`), value: Buffer.alloc(10), headers });
  }
  const read = vi.spyOn(world.broker, 'read');
  await startNext(world);
  expect(tookOver(world, 'b').fromSeq).toBe(newestSeq);
  const from = read.mock.calls.filter(([{ topic }]) => topic === snapshots.topic).map(([, offset]) => offset);
  expect(
    from.every((offset) => offset >= chunkOf(world, newest)),
    'nothing older is read',
  ).toBe(true);
});

test('a journal that ends before a snapshot of it has lost acknowledged events: it stops', async () => {
  const { world, newestSeq } = await withTwoSnapshots();
  const at = world.valid('stock', 0).find(({ seq }) => seq === newestSeq)?.offset ?? 0n;
  world.broker.loseTail(stockJournal, at);
  world.start('b', counter);
  await world.clock.advance(20_000);
  expect(world.told('page')).toMatchObject([['b', 'page', 0, { kind: 'journal-short' }]]);
});

test('the first record of the inbox is compared with the event of the snapshot, as with any last event', async () => {
  const { world, a } = await start(1_000_000);
  placeHold(world, 'h1', skuOn(world, 0));
  await world.clock.advance(1_000);
  void a.tasks.stop(5_000);
  await world.clock.advance(3_000);
  const inbox = { topic: inboxOf('stock'), partition: 0 };
  // the inbox lost its tail and grew again, beyond where it was
  const { end } = world.broker.rangeOf(inbox);
  world.broker.loseTail(inbox, end - 1n);
  for (let i = 0; i < 3; i += 1) placeHold(world, `other-${i}`, skuOn(world, 0));
  world.start('b', counter);
  await world.clock.advance(20_000);
  expect(world.told('page')).toMatchObject([['b', 'page', 0, { kind: 'inbox-lineage' }]]);
});
