import { expect, test } from 'vitest';
import { journalOf, snapshotsOf } from '../../schemas/topic-catalogue.ts';
import { brokenChains, decided, disorder, heard, placeHolds } from './testing/commands.ts';
import type { AppendFault } from './testing/model-broker.ts';
import { foldBooks, manifestsOf } from './testing/snapshot-books.ts';
import { counter, echo } from './testing/tiny-processors.ts';
import { type Running, World } from './testing/world.ts';

/** mulberry32: a small generator that is the same everywhere. */
function createDraw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const faults: readonly AppendFault[] = ['answer-lost', 'request-lost', 'late', 'twice'];
const reached = new Map<string, number>();
const reach = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);

/** One run: faults drawn from the seed for a while, then quiet; the books must show every hold once. */
async function run(seed: number): Promise<World> {
  const draw = createDraw(seed);
  const world = new World(1 + Math.floor(draw() * 3));
  world.broker.lateMs = 50 + Math.floor(draw() * 9_000);
  const kinds = faults.filter(() => draw() < 0.5);
  const share = draw() * 0.4;
  world.snapshotEvents = draw() < 0.2 ? 0 : 1 + Math.floor(draw() * 60);
  let noisy = true;
  world.broker.faultOf = ({ topic }, client) => {
    const fault = kinds[Math.floor(draw() * kinds.length)];
    if (!noisy || !fault || client === 'test' || draw() > share) return null;
    reach(`${fault} ${topic === journalOf('stock') ? 'journal' : 'other'}`);
    return fault;
  };
  const running: Pick<Running<never, never, never>, 'process' | 'tasks'>[] = [];
  const start = (): void => {
    const name = `p${running.length}`;
    const next = draw() < 0.7 ? world.start(name, counter) : world.start(name, echo);
    running.push(next as never);
  };
  world.start('stock-first', counter);
  world.start('orders-first', echo);
  const ids: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    ids.push(...placeHolds(world, Math.floor(draw() * 25), `s${String(step).padStart(2, '0')}-`));
    const dice = draw();
    const one = running[Math.floor(draw() * running.length)]?.process;
    if (dice < 0.25) start();
    else if (dice < 0.35 && one?.isAlive) {
      one.kill();
      reach('kill');
    } else if (dice < 0.55 && one?.isAlive) {
      one.freeze();
      reach('freeze');
      const thawMs = 500 + draw() * 15_000;
      world.clock.setTimer(thawMs, () => one.isKilled || one.thaw());
    }
    await world.clock.advance(draw() * (draw() < 0.3 ? 8_000 : 60));
  }
  noisy = false;
  await world.clock.advance(60_000);
  const voids = Array.from({ length: world.partitions }, (_, p) => world.voidCount('stock', p));
  if (voids.some((count) => count > 0)) reach('void records');
  if (world.told('lostOwnership').length > 0) reach('lost ownership');
  expect(world.told('page'), `seed ${seed}`).toEqual([]);
  expect(decided(world), `seed ${seed}`).toEqual(ids);
  expect(heard(world), `seed ${seed}`).toEqual(ids);
  expect(disorder(world), `seed ${seed}`).toEqual([]);
  expect(brokenChains(world), `seed ${seed}`).toEqual([]);
  if (world.told('tookOver').some(([, , , took]) => (took as { fromSeq: number }).fromSeq > 0))
    reach('from a snapshot');
  return world;
}

/** Every snapshot that was ever completed, by whomever, and what is left of them when some are harmed. */
async function compareSnapshots(seed: number): Promise<void> {
  const world = await run(seed);
  const draw = createDraw(-seed);
  for (let partition = 0; partition < world.partitions; partition += 1) {
    const at = { topic: snapshotsOf('stock'), partition };
    const whole = await foldBooks(world, counter, partition, 0n);
    const compare = async (end: bigint): Promise<void> => {
      const folded = await foldBooks(world, counter, partition, end);
      expect(folded.state, `seed ${seed}`).toEqual(whole.state);
      const later = whole.resent.filter((pair) => Number(pair.split('.')[0]) > folded.fromSeq);
      expect(folded.resent, `seed ${seed}`).toEqual(later);
      if (folded.unusable.length > 0) reach(folded.fromSeq > 0 ? 'other slot' : 'both bad');
      if (folded.fromSeq > 0) reach('compared');
    };
    for (const offset of manifestsOf(world, 'stock', partition).slice(-12)) await compare(offset + 1n);
    if (draw() < 0.5) world.broker.compact(at);
    for (const { offset, value } of world.broker.all(at)) {
      if (draw() > 0.1 || value === null) continue;
      world.broker.overwrite(at, offset, (bytes) =>
        draw() < 0.5
          ? bytes.subarray(0, Math.floor(draw() * bytes.length))
          : Buffer.concat([bytes, Buffer.from('x')]),
      );
      reach('harmed');
    }
    await compare(world.broker.rangeOf(at).end);
    for (const { offset } of world.broker.all(at).slice(-9)) {
      if (draw() < 0.7) world.broker.overwrite(at, offset, () => Buffer.from('nothing'));
    }
    await compare(world.broker.rangeOf(at).end);
  }
}

test('whatever fails, each command is decided once and each message takes effect once', {
  timeout: 60_000,
}, async () => {
  for (let seed = 1; seed <= 60; seed += 1) await run(seed);
  const names = [
    'kill',
    'freeze',
    'void records',
    'lost ownership',
    ...faults.flatMap((f) => [`${f} journal`, `${f} other`]),
  ];
  expect(names.filter((name) => !reached.has(name))).toEqual([]);
});

test('the fold from any snapshot is the fold of the journal, also where snapshots are harmed', {
  timeout: 60_000,
}, async () => {
  for (let seed = 101; seed <= 125; seed += 1) await compareSnapshots(seed);
  const names = ['from a snapshot', 'compared', 'harmed', 'other slot', 'both bad'];
  expect(names.filter((name) => !reached.has(name))).toEqual([]);
});

test('a seed gives the same run, record for record', async () => {
  const books = async () => {
    const world = await run(7);
    return [0, 1, 2].filter((p) => p < world.partitions).map((p) => world.valid('stock', p));
  };
  expect(await books()).toEqual(await books());
});
